/** ⌘K or Ctrl+K opens the command menu, anywhere. Its code comes once the page is there, before it is asked for. */
import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../app/store";
import { closeMenu, menuOpen, openMenu } from "./menu-state";

const load = () => import("./command-menu");
const CommandMenu = lazy(async () => ({ default: (await load()).CommandMenu }));

const AFTER_PAGE_MS = 1_500;

export function CommandHost() {
  const open = useStore(menuOpen);
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), AFTER_PAGE_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const command = (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey;
      if (!command || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      if (menuOpen.get()) closeMenu();
      else openMenu();
    };
    // Before an editor takes the key for a link.
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
  return <Suspense>{open && <CommandMenu />}</Suspense>;
}
