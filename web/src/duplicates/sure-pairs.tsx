/** The pairs of which there is no doubt: merged by one press, and taken apart by another. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { toast } from "../ui/toasts";
import { mergeAllSure, undoAll } from "./duplicate-queries";

export function SurePairs({ count }: { readonly count: number }) {
  const t = useText();
  const queries = useQueryClient();
  const look = () => queries.invalidateQueries({ queryKey: ["duplicates"] });
  const merging = useMutation({
    mutationFn: mergeAllSure,
    onSettled: look,
    onError: () => toast(t("duplicates.mergeFailed")),
  });
  const undoing = useMutation({
    mutationFn: undoAll,
    onSuccess: () => {
      merging.reset();
      toast(t("duplicates.undone"));
    },
    onSettled: look,
    onError: () => toast(t("duplicates.mergeFailed")),
  });
  const done = merging.data;
  if (done && done.merged > 0) {
    return (
      <Strip>
        <p className="flex items-center gap-2">
          <Check aria-hidden size={15} strokeWidth={2} className="text-good" />
          {t("duplicates.merged", { count: done.merged })}
        </p>
        <Button className="ml-auto" disabled={undoing.isPending} onClick={() => undoing.mutate(done.batches)}>
          {t("duplicates.undo")}
        </Button>
      </Strip>
    );
  }
  if (count === 0) return null;
  return (
    <Strip>
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-[550]">{t("duplicates.sure", { count })}</p>
        <p className="text-[13px] text-ink-2">{t("duplicates.sureHelp")}</p>
      </div>
      <Button kind="primary" disabled={merging.isPending} onClick={() => merging.mutate()}>
        {merging.isPending ? t("duplicates.merging") : t("duplicates.mergeSure", { count })}
      </Button>
    </Strip>
  );
}

function Strip({ children }: { readonly children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2.5 rounded-card bg-sunk px-3.5 py-3"
    >
      {children}
    </div>
  );
}
