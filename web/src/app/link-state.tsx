/** A dot and a word: whether the server is there. */
import { useText } from "../i18n/language";
import { streamLink } from "./live";
import { useStore } from "./store";

const COLORS = { online: "bg-good", connecting: "bg-ink-3", offline: "bg-warn" } as const;

export function LinkState({ className = "" }: { readonly className?: string }) {
  const t = useText();
  const link = useStore(streamLink);
  return (
    <p className={`flex items-center gap-1.5 text-[12px] text-ink-3 ${className}`}>
      <span aria-hidden className={`size-[7px] rounded-full ${COLORS[link]}`} />
      {t(`link.${link}`)}
    </p>
  );
}
