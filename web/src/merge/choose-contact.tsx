/**
 * The other contact: looked for as one types, chosen with the arrow keys or a press. Who may be the same person stands
 * there already, with why, and namesakes below.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Unreachable } from "../api/request";
import type { Contact } from "../api/types";
import { duplicatesOfQuery } from "../duplicates/duplicate-queries";
import { useText } from "../i18n/language";
import { useDebounced } from "../search/debounced";
import { FoundIn, Marked } from "../search/marked";
import { Avatar } from "../ui/avatar";
import { contactClass } from "../ui/people";
import { candidatesQuery, likelyIn, type Candidate } from "./candidates";

const BEFORE_FOUND = 24;

interface ChooseContactProps {
  readonly contact: Contact;
  readonly onChoose: (id: string) => void;
}

export function ChooseContact({ contact, onChoose }: ChooseContactProps) {
  const t = useText();
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [eager, setEager] = useState(false);
  const typed = text.trim();
  const rested = useDebounced(typed);
  const asked = rested || (contact.properties.lastname ?? contact.properties.firstname ?? "");
  const query = useQuery({
    ...candidatesQuery(asked, contact.id),
    enabled: asked !== "",
    placeholderData: keepPreviousData,
  });
  const suggestions = useQuery(duplicatesOfQuery(contact.id));
  const searched = rested !== "";
  // Both at once, or the one would push the other down under a finger.
  const waiting = !searched && (suggestions.isPending || (asked !== "" && query.isPending));
  const likely = searched || waiting ? [] : likelyIn(suggestions.data ?? [], contact.id);
  const others = ((!waiting && asked !== "" && query.data) || []).filter(
    ({ id }) => !likely.some((each) => each.id === id),
  );
  const found = [...likely, ...others];
  const busy = waiting || typed !== rested || query.isFetching;
  const chosen = found[Math.min(at, found.length - 1)];
  const nothing = !busy && found.length === 0;

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen?.id]);

  // Enter before the answer is meant for the answer.
  useEffect(() => {
    if (!busy && eager && chosen) onChoose(chosen.id);
  }, [busy, eager, chosen, onChoose]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setAt((now) => Math.min(now + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt((now) => Math.max(now - 1, 0));
    else if (event.key === "Enter") setEager(true);
    else return;
    event.preventDefault();
  };
  const option = (candidate: Candidate, index: number) => (
    <Option
      key={candidate.id}
      id={`${listId}-${candidate.id}`}
      candidate={candidate}
      searched={searched}
      selected={candidate.id === chosen?.id}
      onPoint={() => setAt(index)}
      onChoose={() => onChoose(candidate.id)}
    />
  );
  const note = query.isError
    ? query.error instanceof Unreachable
      ? t("merge.offline")
      : query.error.message
    : nothing
      ? typed === ""
        ? t("merge.search.begin")
        : t("merge.search.none", { query: typed })
      : null;

  return (
    <>
      <div className="flex flex-none items-center gap-2.5 border-b border-line px-4 desk:px-5">
        <Search aria-hidden size={17} strokeWidth={1.75} className="flex-none text-ink-3" />
        <input
          role="combobox"
          aria-label={t("merge.search")}
          aria-expanded={found.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={chosen && `${listId}-${chosen.id}`}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          placeholder={t("merge.search.hint")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
            setEager(false);
          }}
          onKeyDown={onKeyDown}
          className="h-13 min-w-0 flex-1 bg-transparent text-[16px] outline-none placeholder:text-ink-3"
        />
      </div>
      <div className="min-h-[min(22rem,45vh)] flex-1 overflow-y-auto overscroll-contain p-2 desk:flex-none desk:h-[min(26rem,60vh)]">
        <div ref={list} id={listId} role="listbox" aria-label={t("merge.search.found")} aria-busy={busy}>
          {likely.length > 0 && (
            <Group label={t("merge.search.likely")}>{likely.map((one, index) => option(one, index))}</Group>
          )}
          {others.length > 0 && (
            <Group label={searched ? null : t("merge.search.namesakes")}>
              {others.map((one, index) => option(one, likely.length + index))}
            </Group>
          )}
        </div>
        {note && <p className="px-2.5 py-3 text-[13.5px] text-ink-2">{note}</p>}
        <p role="status" className="sr-only">
          {!busy && (note ?? t("menu.results", { count: found.length }))}
        </p>
      </div>
    </>
  );
}

interface GroupProps {
  readonly label: string | null;
  readonly children: ReactNode;
}

function Group({ label, children }: GroupProps) {
  if (label === null) return children;
  return (
    <div role="group" aria-label={label} className="not-first:mt-1.5">
      <p aria-hidden className="px-2.5 pt-1.5 pb-1 text-[12px] text-ink-3">
        {label}
      </p>
      {children}
    </div>
  );
}

interface OptionProps {
  readonly id: string;
  readonly candidate: Candidate;
  readonly searched: boolean;
  readonly selected: boolean;
  readonly onPoint: () => void;
  readonly onChoose: () => void;
}

function Option({ id, candidate, searched, selected, onPoint, onChoose }: OptionProps) {
  const t = useText();
  const { name, contact, suggestion } = candidate;
  const hit = searched ? candidate.hit : null;
  const inName = hit?.matched_in === "name";
  const known = contact && [
    contact.properties.emails[0]?.value,
    contact.properties.company,
    contact.properties.city,
  ];
  const line = known?.filter(Boolean).join(" · ");
  return (
    <button
      type="button"
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      onPointerMove={onPoint}
      onClick={onChoose}
      className="touchable flex min-h-12 w-full items-center gap-3 rounded-card px-2.5 py-2 text-left aria-selected:bg-sunk"
    >
      <Avatar name={name} color={contactClass(candidate.id)} photo={contact?.avatar ?? null} size="touch" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-[550]">
          {inName ? <Marked excerpt={hit.excerpt_html} /> : name || t("contacts.noName")}
        </span>
        {line && <span className="block truncate text-[12.5px] text-ink-2">{line}</span>}
        {suggestion && (
          <span className="block truncate text-[12.5px] text-accent">
            {suggestion.reasons.map((reason) => t(`duplicates.reason.${reason}`)).join(" · ")}
          </span>
        )}
        {hit && !inName && (
          <span className="block truncate text-[12.5px] text-ink-3">
            <FoundIn hit={hit} before={BEFORE_FOUND} />
          </span>
        )}
      </span>
    </button>
  );
}
