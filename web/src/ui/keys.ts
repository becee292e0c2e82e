/** Keys that are commands on a page. */

/** Letters go into a field, an editor, a menu or a dialog before they are commands. */
export function isTaken(target: EventTarget | null): boolean {
  const taker = "input, textarea, select, [contenteditable=true], [role=menu], [role=dialog], [role=listbox]";
  return target instanceof Element && target.closest(taker) !== null;
}

/** What the key beside the space bar is called on this device, for a command that goes with it. */
export const isApple = /Mac|iP(hone|ad|od)/.test(navigator.platform);
