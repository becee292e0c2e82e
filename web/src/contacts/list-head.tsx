/** The names of the columns; a press on one orders the list by it, another one the other way round. */
import { ArrowDown, ArrowUp } from "lucide-react";
import type { CSSProperties } from "react";
import { useText } from "../i18n/language";
import type { Column } from "./columns";
import type { Sort } from "./contact-pages";

interface ListHeadProps {
  readonly columns: readonly Column[];
  readonly grid: CSSProperties;
  readonly sort: Sort;
  readonly searched: boolean;
  readonly onSort: (sort: Sort) => void;
}

export function ListHead({ columns, grid, sort, searched, onSort }: ListHeadProps) {
  const t = useText();
  return (
    <div role="rowgroup" className="sticky top-0 z-10">
      <div
        role="row"
        aria-rowindex={1}
        style={grid}
        className="grid h-8 items-stretch border-b border-line bg-paper text-[12px] text-ink-3"
      >
        {columns.map((column, index) => {
          const label = t(searched && column.id === "note" ? "contacts.match" : column.label);
          const by = column.sort;
          return (
            <span
              key={column.id}
              role="columnheader"
              aria-colindex={index + 1}
              aria-sort={by && sortedBy(sort, by)}
              className="list-cell flex items-center bg-paper"
            >
              {by ? (
                <button
                  type="button"
                  onClick={() => onSort(next(sort, by))}
                  className="group/sort -mx-1 flex min-w-0 items-center gap-1 rounded-sm px-1 py-1 hover:text-ink aria-pressed:text-ink"
                >
                  <span className="truncate">{label}</span>
                  <Arrow sort={sort} by={by} />
                </button>
              ) : (
                <span className="truncate">{label}</span>
              )}
            </span>
          );
        })}
      </div>
    </div>
  );
}

type By = NonNullable<Column["sort"]>;

function sortedBy(sort: Sort, by: By): "ascending" | "descending" | "none" {
  if (sort === by) return "ascending";
  return sort === `-${by}` ? "descending" : "none";
}

/** The most useful way first: names from A, changes from the latest. */
function next(sort: Sort, by: By): Sort {
  const [first, second]: [Sort, Sort] = by === "name" ? ["name", "-name"] : ["-updated_at", "updated_at"];
  return sort === first ? second : first;
}

function Arrow({ sort, by }: { readonly sort: Sort; readonly by: By }) {
  const way = sortedBy(sort, by);
  const Icon = way === "descending" || (way === "none" && by !== "name") ? ArrowDown : ArrowUp;
  return (
    <Icon
      aria-hidden
      size={12}
      strokeWidth={2}
      className={way === "none" ? "flex-none opacity-0 group-hover/sort:opacity-60" : "flex-none text-accent"}
    />
  );
}
