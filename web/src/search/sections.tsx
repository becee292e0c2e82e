/** The parts of the command menu: before anything is typed where one was and what one can do, then what was found. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import {
  ArrowRight,
  CirclePlus,
  Copy,
  CopyCheck,
  Languages,
  ListFilter,
  Merge,
  NotebookPen,
  NotebookText,
  SunMoon,
  Trash2,
  Upload,
  type LucideIcon,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Contact, Found } from "../api/types";
import { Unreachable } from "../api/request";
import { contactQuery, searchQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { contactOn, hrefOf, matching, sorted, type Command, type CommandKind } from "./commands";
import { useDebounced } from "./debounced";
import { FoundIn, Marked } from "./marked";
import { recentsQuery } from "./recents";
import { useCommands } from "./use-commands";

export interface Choice {
  readonly id: string;
  readonly href?: string | undefined;
  readonly run?: (() => void) | undefined;
  readonly content: ReactNode;
}

export interface Section {
  readonly title: string;
  readonly choices: readonly Choice[];
}

export interface Sections {
  readonly sections: readonly Section[];
  /** What else is to be said: that nothing was found, or that nobody answers. */
  readonly note: string | null;
  readonly busy: boolean;
}

export function useSections(query: string): Sections {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();
  const open = useRouterState({ select: ({ location }) => contactOn(location.pathname) });
  const commands = useCommands(open);
  const recents = useQuery(recentsQuery(session, queries, open)).data ?? [];

  const rested = useDebounced(query);
  const search = useQuery({
    ...searchQuery(rested),
    enabled: query !== "" && rested !== "",
    placeholderData: keepPreviousData,
  });
  const hits = sorted((query !== "" && search.data) || []);
  const busy = query !== "" && (query !== rested || search.isFetching);

  const some = (title: string, all: readonly Command[]): Section => ({
    title,
    choices: (query === "" ? all : matching(all, query)).map((command) => ({
      ...command,
      content: <Doing {...command} />,
    })),
  });
  const inList: Command = {
    id: "in-list",
    kind: "list",
    label: t("menu.inList", { query }),
    href: `/contacts?q=${encodeURIComponent(JSON.stringify(query))}`,
  };
  const places = some(t("menu.goTo"), commands.places);
  const sections = [
    { title: t("menu.recent"), choices: query === "" ? recents.map(recentChoice) : [] },
    { title: t("menu.contacts"), choices: hits.contacts.map(contactChoice) },
    { title: t("menu.notes"), choices: hits.notes.map(noteChoice) },
    some(t("menu.here"), commands.here),
    some(t("menu.actions"), commands.actions),
    query === ""
      ? places
      : { ...places, choices: [...places.choices, { ...inList, content: <Doing {...inList} /> }] },
    some(t("menu.preferences"), commands.preferences),
  ].filter(({ choices }) => choices.length > 0);

  const failed = query !== "" && search.isError;
  const nothing = query !== "" && !busy && !failed && hits.contacts.length + hits.notes.length === 0;
  const reason = search.error instanceof Unreachable ? t("menu.offline") : t("contacts.searchFailed");
  return { sections, busy, note: failed ? reason : nothing ? t("menu.none", { query }) : null };
}

// --- choices ---

const BEFORE_FOUND = 32;

const recentChoice = (contact: Contact): Choice => ({
  id: contact.id,
  href: hrefOf({ type: "contact", id: contact.id, contact_id: contact.id }),
  content: (
    <Lines
      icon={<Face id={contact.id} name={nameOf(contact)} photo={contact.avatar} />}
      title={<NameOr name={nameOf(contact)} />}
    >
      {[contact.properties.jobtitle, contact.properties.company].filter(Boolean).join(" · ")}
    </Lines>
  ),
});

const contactChoice = (hit: Found): Choice => ({
  id: hit.id,
  href: hrefOf(hit),
  content: (
    <Lines
      icon={<Face id={hit.id} name={hit.title} />}
      title={hit.matched_in === "name" ? <Marked excerpt={hit.excerpt_html} /> : <NameOr name={hit.title} />}
    >
      {hit.matched_in !== "name" && <FoundIn hit={hit} before={BEFORE_FOUND} />}
    </Lines>
  ),
});

const noteChoice = (hit: Found): Choice => ({
  id: hit.id,
  href: hrefOf(hit),
  content: <FoundNote hit={hit} />,
});

/** The name of its contact first: that is what one looks for. */
function FoundNote({ hit }: { readonly hit: Found }) {
  const contact = useQuery(contactQuery(useSession(), hit.contact_id)).data;
  return (
    <Lines
      icon={<Sign of={NotebookText} />}
      title={
        <>
          {contact ? <NameOr name={nameOf(contact)} /> : "…"}
          {hit.title && (
            <span className="font-normal text-ink-2">
              {" · "}
              {hit.matched_in === "title" ? <Marked excerpt={hit.excerpt_html} /> : hit.title}
            </span>
          )}
        </>
      }
    >
      {hit.matched_in !== "title" && <FoundIn hit={hit} before={BEFORE_FOUND} />}
    </Lines>
  );
}

const SIGNS: Record<CommandKind, LucideIcon> = {
  create: CirclePlus,
  copy: Copy,
  deleted: Trash2,
  duplicates: CopyCheck,
  import: Upload,
  language: Languages,
  list: ListFilter,
  merge: Merge,
  note: NotebookPen,
  place: ArrowRight,
  theme: SunMoon,
};

function Doing({ label, kind, shortcut }: Command) {
  return (
    <>
      <Sign of={SIGNS[kind]} />
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {shortcut && (
        <kbd aria-hidden className="key pointer-coarse:hidden">
          {shortcut}
        </kbd>
      )}
    </>
  );
}

interface LinesProps {
  readonly icon: ReactNode;
  readonly title: ReactNode;
  readonly children: ReactNode;
}

function Lines({ icon, title, children }: LinesProps) {
  return (
    <>
      {icon}
      <span className="min-w-0 flex-1">
        <span className="block truncate font-[550]">{title}</span>
        {children && <span className="block truncate text-[12.5px] text-ink-2">{children}</span>}
      </span>
    </>
  );
}

function Sign({ of: Icon }: { readonly of: LucideIcon }) {
  return (
    <span className="grid size-6 flex-none place-items-center text-ink-2">
      <Icon aria-hidden size={17} strokeWidth={1.75} />
    </span>
  );
}

interface FaceProps {
  readonly id: string;
  readonly name: string;
  readonly photo?: string | null;
}

function Face({ id, name, photo = null }: FaceProps) {
  return <Avatar name={name} color={contactClass(id)} photo={photo} />;
}

function NameOr({ name }: { readonly name: string }) {
  const t = useText();
  return name || t("contacts.noName");
}
