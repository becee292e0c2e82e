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
  for (const row of page.querySelectorAll("tr")) renamed(page, row, "p");
  for (const image of page.querySelectorAll("img")) image.replaceWith(image.alt);
  for (const code of page.querySelectorAll("pre")) {
    const lines = (code.textContent ?? "").replace(/\n$/, "").split("\n");
    const paragraph = page.createElement("p");
    paragraph.append(...lines.flatMap((line, index) => (index ? [page.createElement("br"), line] : [line])));
    code.replaceWith(paragraph);
  }
  return page.body.innerHTML;
}

function renamed(page: Document, element: Element, tag: string): void {
  const other = page.createElement(tag);
  other.append(...element.childNodes);
  element.replaceWith(other);
}
