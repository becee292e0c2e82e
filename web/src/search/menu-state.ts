/** Whether the command menu is open. It is loaded the first time it is. */
import { createStore } from "../app/store";

export const menuOpen = createStore(false);

export const openMenu = () => menuOpen.set(true);
export const closeMenu = () => menuOpen.set(false);
