/** ⌘K or Ctrl+K opens the command menu, anywhere; its code comes with the first press. */
import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../app/store";
import { closeMenu, menuOpen, openMenu } from "./menu-state";

const load = () => import("./command-menu");
const CommandMenu = lazy(async () => ({ default: (await load()).CommandMenu }));

export function CommandHost() {
  const open = useStore(menuOpen);
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
