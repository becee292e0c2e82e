/** Taking a merge back: what each contact has again, what stays as it was edited since, and which notes made since go along. */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { previewUndo } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Merge, UndoPreview } from "../api/types";
import { propertiesQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { labelOf } from "../properties/labels";
import { Button } from "../ui/button";
import { Sheet, SheetBody, SheetFoot } from "../ui/sheet";
import { When } from "../ui/time";
import { PHOTO } from "./comparison";
import { namesOf } from "./names";
import { Portrait } from "./portrait";
import { useUndoMerge } from "./use-undo-merge";
import { Value } from "./values-in-words";

interface UndoDialogProps {
  readonly merge: Merge;
  readonly onClose: () => void;
}

export function UndoDialog({ merge, onClose }: UndoDialogProps) {
  const t = useText();
  const query = useQuery({
    queryKey: ["undo-preview", merge.id],
    queryFn: () => previewUndo(merge.id),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Sheet title={t("undo.title")} onClose={onClose}>
      {query.data ? (
        <Undoing preview={query.data} onClose={onClose} />
      ) : (
        <SheetBody className="min-h-32">
          {query.error ? (
            <div role="alert" className="grid justify-items-start gap-3">
              <p>{query.error instanceof Unreachable ? t("merge.offline") : query.error.message}</p>
              <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
            </div>
          ) : (
            <p role="status" className="patient text-ink-2">
              {t("merge.loading")}
            </p>
          )}
        </SheetBody>
      )}
    </Sheet>
  );
}

function Undoing({ preview, onClose }: { readonly preview: UndoPreview; readonly onClose: () => void }) {
  const t = useText();
  const session = useSession();
  const properties = useQuery(propertiesQuery(session)).data ?? [];
  const users = useQuery(usersQuery(session)).data ?? [];
  const [moved, setMoved] = useState<ReadonlySet<string>>(new Set());
  const undo = useUndoMerge();
  const { merge, restored, kept, notes } = preview;
  const { primary, secondary } = namesOf(t, merge);
  const label = (name: string) => {
    if (name === PHOTO) return t("merge.photo");
    const property = properties.find((each) => each.name === name);
    return property ? labelOf(t, property) : name;
  };
  const toggle = (id: string) =>
    setMoved((now) => (now.has(id) ? new Set([...now].filter((each) => each !== id)) : new Set(now).add(id)));

  if (merge.undone_at) {
    return (
      <SheetBody isText>
        <p className="text-ink-2">{t("undo.already", { name: secondary })}</p>
      </SheetBody>
    );
  }
  return (
    <>
      <SheetBody isText={notes.length === 0} className="grid grid-cols-1 content-start gap-5">
        <Part title={secondary}>
          <p className="text-ink-2">{t("undo.back", { count: merge.notes })}</p>
        </Part>
        <Part title={primary}>
          {restored.length === 0 && kept.length === 0 && <p className="text-ink-2">{t("undo.unchanged")}</p>}
          {restored.length > 0 && (
            <>
              <p className="text-ink-2">{t("undo.restores")}</p>
              <dl className="mt-1.5">
                {restored.map(({ name, then }) => {
                  const property = properties.find((each) => each.name === name);
                  if (!property && name !== PHOTO) return null;
                  return (
                    <div
                      key={name}
                      data-restored={name}
                      className="grid grid-cols-[8rem_minmax(0,1fr)] gap-x-4 border-t border-line py-1.5 last:border-b"
                    >
                      <dt className="text-[13px] text-ink-2">{label(name)}</dt>
                      <dd className="min-w-0">
                        {property ? (
                          <Value property={property} users={users} value={then} />
                        ) : (
                          <Portrait
                            contact={{ id: merge.primary_id, name: primary }}
                            photo={then as string | null}
                          />
                        )}
                      </dd>
                    </div>
                  );
                })}
              </dl>
            </>
          )}
          {kept.length > 0 && (
            <p className="mt-2 rounded-card bg-sunk px-3 py-2 text-[13px]">
              {t("undo.kept", { names: kept.map(label).join(", ") })}
            </p>
          )}
        </Part>
        {notes.length > 0 && (
          <fieldset>
            <legend className="text-[13px] font-semibold">{t("undo.since")}</legend>
            <p className="mt-0.5 text-[13px] text-ink-2">{t("undo.sinceHelp", { primary, secondary })}</p>
            <ul className="mt-1.5">
              {notes.map((note) => (
                <li key={note.id} className="border-t border-line last:border-b">
                  <label className="touchable flex items-start gap-3 py-2">
                    <input
                      type="checkbox"
                      checked={moved.has(note.id)}
                      onChange={() => toggle(note.id)}
                      className="mt-0.75 size-4 flex-none accent-(--accent)"
                    />
                    <span className="min-w-0 flex-1">
                      <span className="flex items-baseline gap-3">
                        <span className="min-w-0 flex-1 truncate font-[550]">
                          {note.title ?? t("dated.untitled")}
                        </span>
                        <When at={note.occurred_at} className="flex-none text-[12px] text-ink-3" />
                      </span>
                      {note.excerpt && (
                        <span className="block truncate text-[13px] text-ink-2">{note.excerpt}</span>
                      )}
                      {moved.has(note.id) && (
                        <span className="block text-[12.5px] text-accent">→ {secondary}</span>
                      )}
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          </fieldset>
        )}
      </SheetBody>
      <SheetFoot>
        <div className="flex flex-wrap items-center justify-end gap-2 max-desk:[&>button]:flex-1">
          <Button onClick={onClose}>{t("undo.not")}</Button>
          <Button
            kind="primary"
            disabled={undo.isPending}
            onClick={() => undo.mutate({ merge, move: [...moved] }, { onSuccess: onClose })}
          >
            {t("undo.confirm")}
          </Button>
        </div>
      </SheetFoot>
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-0.5 text-[14px] font-[600] break-words">{title}</h3>
      {children}
    </section>
  );
}
