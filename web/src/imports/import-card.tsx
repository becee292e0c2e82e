/** An import: how far it is, or what became of it; folded, its outcome in a line. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { cancelImport, runImport } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Import } from "../api/types";
import { AfterImport } from "../duplicates/after-import";
import { useText } from "../i18n/language";
import { announce } from "../ui/announcer";
import { Button } from "../ui/button";
import { When } from "../ui/time";
import { toast } from "../ui/toasts";
import { importQuery, isRunning } from "./import-queries";
import { ImportReport } from "./import-report";
import { Progress } from "../ui/progress";

interface ImportCardProps {
  /** As the list has it. */
  readonly entry: Import;
  readonly opened: boolean;
}

export function ImportCard({ entry, opened }: ImportCardProps) {
  const t = useText();
  const id = useId();
  const [open, setOpen] = useState(opened);
  const query = useQuery({ ...importQuery(entry.id), enabled: open || isRunning(entry) });
  const now = query.data ?? entry;
  const running = isRunning(now);
  useEnding(now);

  return (
    <li className="rounded-card border border-line bg-sheet" data-import-state={now.state}>
      <div className="flex min-h-12 items-center gap-2 pr-3 pl-1.5">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-11 min-w-0 flex-1 items-center gap-1.5 rounded-field px-1.5 text-left hover:text-accent"
        >
          <ChevronDown
            aria-hidden
            size={15}
            strokeWidth={1.9}
            className={`flex-none text-ink-3 transition-transform duration-100 ${open ? "" : "-rotate-90"}`}
          />
          <span className="min-w-0 truncate font-[550]">{now.file_name}</span>
          <span className="ml-auto flex-none text-[13px] whitespace-nowrap text-ink-3">
            <State of={now} />
          </span>
        </button>
        <When at={now.created_at} className="text-[13px] whitespace-nowrap text-ink-3 max-desk:hidden" />
      </div>
      <div id={id} hidden={!open} className="px-4 pb-4 desk:pl-8.5">
        {running && <Progress label={t("import.reading")} share={now.progress} />}
        <ImportReport of={now} />
        {open && now.state === "done" && now.created > 0 && <AfterImport />}
        {query.isError && (
          <p className="mt-3 text-[13px] text-warn">
            {query.error instanceof Unreachable ? t("app.unreachable") : query.error.message}
          </p>
        )}
        <Moves of={now} />
      </div>
    </li>
  );
}

function State({ of: { state, progress } }: { readonly of: Import }) {
  const t = useText();
  if (state === "running") return t("import.running", { percent: Math.floor(progress * 100) });
  return t(`import.state.${state}`);
}

/** What can be done with it: end it while it runs, run it again where it came to no end. */
function Moves({ of: { id, state } }: { readonly of: Import }) {
  const t = useText();
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: (move: (id: string) => Promise<Import>) => move(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["import", id] }),
    onError: (error) => toast(error instanceof Unreachable ? t("app.unreachable") : error.message),
  });
  if (state === "waiting" || state === "running")
    return (
      <Button className="mt-4" disabled={isPending} onClick={() => mutate(cancelImport)}>
        {t("import.cancel")}
      </Button>
    );
  if (state !== "interrupted" && state !== "cancelled") return null;
  return (
    <div className="mt-4 flex flex-wrap items-center gap-3">
      <Button disabled={isPending} onClick={() => mutate(runImport)}>
        {t("import.again")}
      </Button>
      <p className="text-[13px] text-ink-2">{t("import.againHelp")}</p>
    </div>
  );
}

/** Says it when an import that ran here has ended; the contacts it made are read by the lists themselves. */
function useEnding(now: Import): void {
  const t = useText();
  const queries = useQueryClient();
  const before = useRef(now.state);
  useEffect(() => {
    const ran = isRunning({ state: before.current });
    before.current = now.state;
    if (!ran || isRunning(now)) return;
    announce(
      `${now.file_name}. ${t(`import.state.${now.state}`)}. ${t("import.created", { count: now.created })}.`,
    );
    void queries.invalidateQueries({ queryKey: ["imports"] });
  }, [now, queries, t]);
}
