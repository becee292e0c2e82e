/** The columns of the list, and which of them this device shows. The name is always there and always first. */
import { createStore, useStore } from "../app/store";
import type { PlainKey } from "../i18n/catalogue";

export type ColumnId =
  | "name" | "company" | "jobtitle" | "email" | "phone" | "city" | "stage" | "owner" | "tags" | "note" | "updated"; // prettier-ignore

export interface Column {
  readonly id: ColumnId;
  readonly label: PlainKey;
  /** At least so many pixels, the room around the text included, and this share of what is left. */
  readonly width: readonly [pixels: number, share: number];
  /** The fields of a contact that it shows. */
  readonly fields: readonly string[];
  /** The property that is edited in the cell itself. */
  readonly edits?: "company" | "jobtitle" | "city" | "lifecyclestage" | "owner_id";
  readonly sort?: "name" | "updated_at";
}

export const COLUMNS: readonly Column[] = [
  { id: "name", label: "contacts.name", width: [212, 1.2], fields: ["firstname", "lastname", "avatar"], sort: "name" },
  { id: "company", label: "property.company", width: [140, 1], fields: ["company"], edits: "company" },
  { id: "jobtitle", label: "property.jobtitle", width: [140, 1], fields: ["jobtitle"], edits: "jobtitle" },
  { id: "email", label: "contacts.email", width: [184, 1.2], fields: ["emails"] },
  { id: "phone", label: "contacts.phone", width: [132, 0.2], fields: ["phones"] },
  { id: "city", label: "property.city", width: [108, 0.5], fields: ["city"], edits: "city" },
  { id: "stage", label: "property.lifecyclestage", width: [132, 0.4], fields: ["lifecyclestage"], edits: "lifecyclestage" },
  { id: "owner", label: "property.owner_id", width: [132, 0.5], fields: ["owner_id"], edits: "owner_id" },
  { id: "tags", label: "property.tags", width: [150, 1], fields: ["tags"] },
  { id: "note", label: "contacts.note", width: [196, 2], fields: ["notes_excerpt"] },
  { id: "updated", label: "contacts.updated", width: [116, 0], fields: ["updated_at"], sort: "updated_at" },
]; // prettier-ignore

/** What fits a common screen. */
const AT_FIRST: readonly ColumnId[] = ["name", "company", "email", "phone", "stage", "note", "updated"];

const KEY = "carnet.columns";
const shown = createStore<readonly ColumnId[]>(kept());

function kept(): readonly ColumnId[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (Array.isArray(ids))
      return COLUMNS.map(({ id }) => id).filter((id) => id === "name" || ids.includes(id));
  } catch {
    // Not something that this app wrote: as if there were nothing.
  }
  return AT_FIRST;
}

export function showColumn(id: ColumnId, there: boolean): void {
  const ids = COLUMNS.map((column) => column.id).filter((each) =>
    each === id ? there : shown.get().includes(each),
  );
  localStorage.setItem(KEY, JSON.stringify(ids));
  shown.set(ids);
}

export function resetColumns(): void {
  localStorage.removeItem(KEY);
  shown.set(AT_FIRST);
}

export const useShownColumns = () => useStore(shown);

/** The columns as CSS has them, and the least width of all together. */
export function template(columns: readonly Column[]): string {
  return columns
    .map(({ width: [pixels, share] }) => (share ? `minmax(${pixels}px, ${share}fr)` : `${pixels}px`))
    .join(" ");
}

export function widthMin(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width[0], 0);
}
