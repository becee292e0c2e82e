/** What became of the words, in a word. Its colour only repeats what it says. */
import { Check, CloudOff, LoaderCircle, Lock, TriangleAlert, type LucideIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Translate } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import type { SaveState } from "../sync/save-state";
import { announce } from "../ui/announcer";

const LOOKS: Record<SaveState["kind"], { icon: LucideIcon | null; color: string }> = {
  opening: { icon: null, color: "text-ink-3" },
  saved: { icon: Check, color: "text-good" },
  saving: { icon: LoaderCircle, color: "text-ink-3" },
  late: { icon: TriangleAlert, color: "text-warn" },
  offline: { icon: CloudOff, color: "text-warn" },
  readonly: { icon: Lock, color: "text-ink-3" },
  refused: { icon: TriangleAlert, color: "text-bad" },
};

export function SaveIndicator({ state }: { readonly state: SaveState }) {
  const t = useText();
  const { icon: Icon, color } = LOOKS[state.kind];
  const words = saveWords(state, t);
  useAnnounced(state, words);
  return (
    <span
      data-save-state={state.kind}
      className={`inline-flex items-center gap-1.5 text-[13px] whitespace-nowrap ${color}`}
    >
      {Icon && <Icon aria-hidden size={14} strokeWidth={1.9} />}
      {words}
    </span>
  );
}

export function saveWords(state: SaveState, t: Translate): string {
  switch (state.kind) {
    case "offline":
      return state.pending > 0 ? t("save.offline", { count: state.pending }) : t("save.offlineClean");
    case "readonly":
      return t("notes.readonly");
    default:
      return t(`save.${state.kind}`);
  }
}

const QUIET_MS = 20_000;
const TROUBLE = new Set<SaveState["kind"]>(["offline", "late", "refused"]);

/** Trouble and its end are said at once; the come and go of saving at most every twenty seconds. */
function useAnnounced(state: SaveState, words: string): void {
  const last = useRef({ kind: state.kind, at: 0 });
  useEffect(() => {
    const { kind, at } = last.current;
    if (state.kind === kind || state.kind === "opening" || state.kind === "saving") return;
    const urgent = TROUBLE.has(state.kind) || TROUBLE.has(kind);
    const now = Date.now();
    last.current = { kind: state.kind, at };
    if (!urgent && now - at < QUIET_MS) return;
    last.current = { kind: state.kind, at: now };
    announce(words);
  }, [state.kind, words]);
}
