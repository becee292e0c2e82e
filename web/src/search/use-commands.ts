/** The commands of the menu, where one is and as who one is. */
import { useQuery } from "@tanstack/react-query";
import { contactQuery } from "../app/queries";
import { useSession } from "../app/session";
import { chooseTheme, THEMES, useTheme } from "../app/theme";
import { askToCreate } from "../contacts/create-contact";
import { chooseLanguage, useLanguage, useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { askForNewNote } from "../notes/new-note";
import { copyText } from "../ui/clipboard";
import { nameOf } from "../ui/names";
import { toast } from "../ui/toasts";
import type { Command } from "./commands";

export interface Commands {
  readonly here: readonly Command[];
  readonly actions: readonly Command[];
  readonly places: readonly Command[];
  readonly preferences: readonly Command[];
}

/** `open` is the contact whose page this is. */
export function useCommands(open: string | null): Commands {
  const t = useText();
  const session = useSession();
  const theme = useTheme();
  const language = useLanguage();
  const contact = useQuery({ ...contactQuery(session, open ?? ""), enabled: open !== null }).data;
  const email = contact?.properties.emails[0]?.value;

  const here: Command[] = [];
  if (contact?.permissions.edit) {
    here.push({ id: "new-note", kind: "note", label: t("menu.newNote"), shortcut: "N", run: askForNewNote });
    const name = nameOf(contact) || t("contacts.noName");
    const run = () => askToMerge(contact.id);
    here.push({ id: "merge", kind: "merge", label: t("menu.merge", { name }), words: t("merge.title"), run });
  }
  if (email) {
    const copy = () => void copyText(email).then(() => toast(t("rescued.copied")));
    here.push({ id: "copy-email", kind: "copy", label: t("menu.copyEmail", { email }), run: copy });
  }
  const actions: Command[] =
    session.me.role === "viewer"
      ? []
      : [
          {
            id: "create",
            kind: "create",
            label: t("contacts.create"),
            words: t("create.title"),
            run: askToCreate,
          },
        ];
  const places: Command[] = [{ id: "contacts", kind: "place", label: t("app.contacts"), href: "/contacts" }];
  if (session.me.role !== "viewer") {
    places.push(
      { id: "import", kind: "import", label: t("import.heading"), href: "/import" },
      { id: "duplicates", kind: "duplicates", label: t("duplicates.list"), href: "/contacts/duplicates" },
      { id: "deleted", kind: "deleted", label: t("deletion.list"), href: "/contacts/deleted" },
    );
  }
  const themes = THEMES.filter((each) => each !== theme).map((each) => ({
    id: `theme-${each}`,
    kind: "theme" as const,
    label: t("menu.theme", { name: t(`app.theme.${each}`) }),
    run: () => chooseTheme(each),
  }));
  const other = language === "fr" ? "en" : "fr";
  const preferences: Command[] = [
    ...themes,
    {
      id: "language",
      kind: "language",
      label: t("menu.language"),
      words: "language langue english français",
      run: () => chooseLanguage(other),
    },
  ];
  return { here, actions, places, preferences };
}
