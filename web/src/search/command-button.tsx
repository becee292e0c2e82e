/** The ways to the command menu that one sees: in the navigation, and on a phone as an icon. */
import { Search } from "lucide-react";
import { useText } from "../i18n/language";
import { IconButton } from "../ui/button";
import { isApple } from "../ui/keys";
import { openMenu } from "./menu-state";

export function CommandButton() {
  const t = useText();
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K"
      onClick={openMenu}
      className="mb-0.5 flex h-8 w-full items-center gap-2.5 rounded-field px-2 text-ink-2 hover:bg-sunk hover:text-ink"
    >
      <Search aria-hidden size={16} strokeWidth={1.75} />
      {t("menu.open")}
      <kbd aria-hidden className="key ml-auto">
        {isApple ? "⌘K" : "Ctrl K"}
      </kbd>
    </button>
  );
}

export function CommandIcon({ className = "" }: { readonly className?: string }) {
  const t = useText();
  return (
    <IconButton label={t("menu.open")} aria-haspopup="dialog" onClick={openMenu} className={className}>
      <Search aria-hidden size={19} strokeWidth={1.75} />
    </IconButton>
  );
}
