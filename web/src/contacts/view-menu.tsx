/** How the list is shown: on a desk which columns, on a phone in which order. */
import { Popover } from "@base-ui/react/popover";
import { ArrowUpDown, Columns3 } from "lucide-react";
import type { ReactNode } from "react";
import type { PlainKey } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import { Button, plainClass } from "../ui/button";
import { useNarrow } from "../ui/narrow";
import { COLUMNS, resetColumns, showColumn, useShownColumns } from "./columns";
import { SORTS, type Sort } from "./contact-pages";

interface ViewMenuProps {
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

export function ViewMenu({ sort, onSort }: ViewMenuProps) {
  const t = useText();
  const narrow = useNarrow();
  const Icon = narrow ? ArrowUpDown : Columns3;
  return (
    <Popover.Root>
      <Popover.Trigger className={`${plainClass} max-desk:px-0`}>
        <Icon aria-hidden size={15} strokeWidth={1.75} className="text-ink-2" />
        <span className="max-desk:sr-only">{t(narrow ? "contacts.sortBy" : "contacts.columns")}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={6} collisionPadding={8} className="z-40">
          <Popover.Popup className="floating w-60 p-1.5">
            <Popover.Title className="px-2 pt-1 pb-1.5 text-[12px] text-ink-3">
              {t(narrow ? "contacts.sortBy" : "contacts.columns")}
            </Popover.Title>
            {narrow ? <Orders sort={sort} onSort={onSort} /> : <Columns />}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Columns() {
  const t = useText();
  const shown = useShownColumns();
  return (
    <>
      {COLUMNS.map(({ id, label }) => (
        <Choice key={id} label={t(label)} dimmed={id === "name"}>
          <input
            type="checkbox"
            checked={shown.includes(id)}
            disabled={id === "name"}
            onChange={(event) => showColumn(id, event.target.checked)}
            className="size-4 accent-accent"
          />
        </Choice>
      ))}
      <div className="mt-1.5 border-t border-line pt-1.5">
        <Button kind="quiet" className="w-full justify-start" onClick={resetColumns}>
          {t("contacts.resetColumns")}
        </Button>
      </div>
    </>
  );
}

const ORDERS: Record<Sort, PlainKey> = {
  name: "contacts.sort.name",
  "-name": "contacts.sort.nameDown",
  "-updated_at": "contacts.sort.updatedDown",
  updated_at: "contacts.sort.updated",
};

function Orders({ sort, onSort }: ViewMenuProps) {
  const t = useText();
  return SORTS.map((each) => (
    <Choice key={each} label={t(ORDERS[each])}>
      <input
        type="radio"
        name="sort"
        checked={each === sort}
        onChange={() => onSort(each)}
        className="size-4 accent-accent"
      />
    </Choice>
  ));
}

interface ChoiceProps {
  readonly label: string;
  readonly dimmed?: boolean;
  readonly children: ReactNode;
}

function Choice({ label, dimmed = false, children }: ChoiceProps) {
  return (
    <label
      className={`touchable flex h-8 items-center gap-2.5 rounded-field px-2 text-[13.5px] hover:bg-sunk has-focus-visible:bg-sunk ${dimmed ? "text-ink-3" : ""}`}
    >
      {children}
      {label}
    </label>
  );
}
