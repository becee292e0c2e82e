/**
 * What comes in by pasting is brought down to what a note holds. ProseMirror drops the tags it does not know and keeps
 * their words; this only sees to it that the words of neighbouring cells do not run together, that an image leaves its
 * description, and that lines of code stay lines.
 */
export function plainer(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const element of page.querySelectorAll("script, style, template, iframe, object, embed"))
    element.remove();
  for (const cell of page.querySelectorAll("td, th")) cell.append(" ");
  // A paragraph may not stand in a table: the rows take its place. Inner tables first, as words of their cell.
  for (const table of [...page.querySelectorAll("table")].toReversed()) {
    table.replaceWith(...[...table.rows].map((row) => paragraphOf(page, ...row.cells)));
  }
  for (const image of page.querySelectorAll("img")) image.replaceWith(image.alt);
  for (const code of page.querySelectorAll("pre")) {
    const lines = (code.textContent ?? "").replace(/\n$/, "").split("\n");
    const words = lines.flatMap((line, index) => (index ? [page.createElement("br"), line] : [line]));
    code.replaceWith(paragraphOf(page, ...words));
  }
  return page.body.innerHTML;
}

/** The words of these, without the elements that only placed them. */
function paragraphOf(page: Document, ...parts: (Element | string)[]): Element {
  const paragraph = page.createElement("p");
  for (const part of parts) {
    if (part instanceof HTMLTableCellElement) paragraph.append(...part.childNodes);
    else paragraph.append(part);
  }
  return paragraph;
}
