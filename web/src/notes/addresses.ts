/** Which addresses a note may link to: the web, a mail, a telephone. Whatever could run in the page is none of them. */

const SCHEMES = new Set(["https:", "http:", "mailto:", "tel:"]);

export function isSafeAddress(address: string): boolean {
  // An address without a scheme would lead into our own site under words of somebody's choosing.
  if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return false;
  try {
    return SCHEMES.has(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** What somebody typed as an address, completed: `carnet.fr` → `https://carnet.fr`. Null when it is none of ours. */
export function completeAddress(typed: string): string | null {
  const text = typed.trim();
  if (text === "") return null;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(text)) return `mailto:${text}`;
  if (/^\+?[\d\s().-]{6,}$/.test(text)) return `tel:${text.replace(/[^\d+]/g, "")}`;
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[\w.-]+:\d+(\/|$)/.test(text);
  const address = hasScheme ? text : `https://${text}`;
  return isSafeAddress(address) && !/\s/.test(address) ? address : null;
}
