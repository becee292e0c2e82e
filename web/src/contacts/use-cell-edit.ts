/** A value edited in the list: shown at once, sent, and put back with the reason where it cannot be. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { changeContact } from "../api/calls";
import { Problem, Unreachable } from "../api/request";
import type { Contact, Property } from "../api/types";
import { knownContact, place } from "../app/live";
import type { Translate } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import { labelOf } from "../properties/labels";
import { toast, toastUndo } from "../ui/toasts";
import type { Column } from "./columns";

export function useCellEdit(properties: readonly Property[]) {
  const t = useText();
  const queries = useQueryClient();
  return useCallback(
    (contact: Contact, { edits, label }: Column, value: string) => {
      if (!edits) return;
      const property = properties.find(({ name }) => name === edits);
      const named = property ? labelOf(t, property) : t(label);
      const latest = () => knownContact(queries, contact.id) ?? contact;
      const show = (value: string | null) =>
        place(queries, { ...latest(), properties: { ...latest().properties, [edits]: value } });

      const write = async (value: string | null, before: string | null, done: () => void) => {
        show(value);
        try {
          place(queries, await changeContact(contact.id, { [edits]: value }));
          done();
        } catch (error) {
          if ((latest().properties[edits] ?? null) === value) show(before);
          toast(t("contacts.cellFailed", { label: named, reason: reasonOf(t, error) }));
        }
      };
      const before = contact.properties[edits] ?? null;
      const after = value || null;
      void write(after, before, () =>
        toastUndo(
          t("property.changed", { label: named }),
          t("toast.undo"),
          () => void write(before, after, () => toast(t("property.undone", { label: named }))),
        ),
      );
    },
    [t, queries, properties],
  );
}

function reasonOf(t: Translate, error: unknown): string {
  if (error instanceof Unreachable) return t("app.unreachable");
  if (error instanceof Problem) return error.errors[0]?.message ?? error.message;
  throw error;
}
