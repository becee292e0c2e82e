/**
 * Two contacts before they are merged: what is to be decided first, then what comes together, then what stays. It is
 * live: what somebody changes in either meanwhile changes here too, and what was chosen stays chosen.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { propertiesQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import type { MergeChoice, MergeChoices, MergedProperty } from "../api/types";
import { useText } from "../i18n/language";
import { labelOf } from "../properties/labels";
import { announce } from "../ui/announcer";
import { Button } from "../ui/button";
import { SheetBody, SheetFoot } from "../ui/sheet";
import { ChoiceRow } from "./choice-row";
import {
  allOf,
  chosenOf,
  compare,
  knownByIn,
  PHOTO,
  photoAfter,
  propertiesOf,
  turned,
  versionsSeen,
} from "./comparison";
import { MergeProblem } from "./merge-problem";
import { MergeSides } from "./merge-sides";
import { toldApart } from "./names";
import { OutcomeRow, type Vocabulary } from "./outcome-row";
import { useMerge } from "./use-merge";
import { useMergePreview } from "./use-merge-preview";

interface MergeTableProps {
  readonly contactId: string;
  readonly otherId: string;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

export function MergeTable({ contactId, otherId, onBack, onClose }: MergeTableProps) {
  const t = useText();
  const vocabulary = useVocabulary();
  const [[primaryId, secondaryId], setOrder] = useState<readonly [string, string]>([contactId, otherId]);
  const [choices, setChoices] = useState<MergeChoices>({});
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const busy = useRef(false);
  const { preview, settled, error, moved, again } = useMergePreview(primaryId, secondaryId, busy);
  const merging = useMerge(again, onClose);
  const body = useRef<HTMLDivElement>(null);

  const there = preview !== null && vocabulary.ready;
  useEffect(() => {
    if (there) body.current?.focus();
  }, [there]);
  useEffect(() => {
    busy.current = merging.busy;
  });
  const refused = [...merging.faults.keys()][0];
  useEffect(() => {
    if (refused)
      body.current?.querySelector(`[data-choice="${refused}"]`)?.scrollIntoView({ block: "nearest" });
  }, [refused]);
  const named = (names: readonly string[]) =>
    names.flatMap((name) => vocabulary.labels.get(name) ?? []).join(", ");
  const changed = named(propertiesOf(moved));
  useEffect(() => {
    if (changed) announce(t("merge.moved", { names: changed }));
  }, [changed, t]);

  if (!there) {
    return (
      <SheetBody className="min-h-40">
        {error ? (
          <MergeProblem error={error} otherId={secondaryId} onClose={onClose} onRetry={() => void again()} />
        ) : (
          <p role="status" className="patient text-ink-2">
            {t("merge.loading")}
          </p>
        )}
      </SheetBody>
    );
  }

  const failure = merging.error ?? error;
  const called = { primary: preview.primary.name, secondary: preview.secondary.name };
  const names = toldApart(t, called, knownByIn(preview));
  const { conflicts, united, brought, same } = compare(preview, opened);
  const choose = (name: string, choice: MergeChoice) => setChoices((now) => ({ ...now, [name]: choice }));
  const open = (property: MergedProperty) => {
    setOpened((now) => new Set(now).add(property.name));
    choose(property.name, chosenOf(property, choices));
  };
  const turn = () => {
    setOrder([secondaryId, primaryId]);
    setChoices(turned);
    merging.forget();
  };
  const confirm = () =>
    merging.merge(
      {
        primary_id: primaryId,
        secondary_id: secondaryId,
        choices,
        versions: versionsSeen(preview, choices),
      },
      preview,
    );
  const shared = { vocabulary, names, preview, moved };
  const notes = preview.primary.notes + preview.secondary.notes;

  return (
    <>
      <SheetBody>
        <div ref={body} tabIndex={-1} aria-busy={!settled} className="outline-none">
          <MergeSides preview={preview} names={names} photo={photoAfter(preview, choices)} onTurn={turn} />

          <section aria-labelledby="merge-choose" className="mt-5">
            <div className="flex min-h-8 flex-wrap items-center gap-x-2 gap-y-1">
              <h3 id="merge-choose" className="mr-auto text-[13px] font-semibold">
                {conflicts.length > 0
                  ? t("merge.toChoose", { count: conflicts.length })
                  : t("merge.noConflict")}
              </h3>
              {conflicts.length > 1 && (
                <div className="flex min-w-0 gap-1 max-desk:-mx-2 max-desk:basis-full">
                  {(["primary", "secondary"] as const).map((side) => (
                    <Button
                      key={side}
                      kind="quiet"
                      className="h-auto! min-h-8 max-w-60 min-w-0 py-1 text-[13px] text-accent!"
                      onClick={() => setChoices((now) => allOf(side, conflicts, now))}
                    >
                      <span className="line-clamp-2 text-left break-words">
                        {t("merge.allOf", { name: names[side] })}
                      </span>
                    </Button>
                  ))}
                </div>
              )}
            </div>
            {conflicts.length === 0 && <p className="text-[13px] text-ink-2">{t("merge.noConflictHelp")}</p>}
            {conflicts.map((property) => (
              <ChoiceRow
                key={property.name}
                {...shared}
                property={property}
                chosen={chosenOf(property, choices)}
                fault={merging.faults.get(property.name) ?? null}
                onChoose={(choice) => choose(property.name, choice)}
              />
            ))}
          </section>

          <section aria-labelledby="merge-united" className="mt-6">
            <h3 id="merge-united" className="border-b border-line pb-1.5 text-[13px] font-semibold">
              {t("merge.united")}
            </h3>
            <dl>
              {[...united, ...brought].map((property) => (
                <OutcomeRow
                  key={property.name}
                  {...shared}
                  property={property}
                  onOpen={() => open(property)}
                />
              ))}
              <div className="grid gap-x-4 border-b border-line py-2 desk:grid-cols-[9rem_minmax(0,1fr)]">
                <dt className="text-[13px] text-ink-2">{t("merge.notes")}</dt>
                <dd>
                  {t("merge.notesCount", { count: notes })}
                  <span className="text-[13px] text-ink-3">
                    {" · "}
                    {t("merge.notesHelp", {
                      primary: preview.primary.notes,
                      secondary: preview.secondary.notes,
                    })}
                  </span>
                </dd>
              </div>
            </dl>
          </section>

          {same.length > 0 && (
            <details className="group mt-4">
              <summary className="touchable flex w-fit cursor-pointer items-center gap-1.5 rounded-sm text-[13px] text-ink-2 hover:text-ink">
                <span aria-hidden className="text-ink-3 transition-transform group-open:rotate-90">
                  ›
                </span>
                {t("merge.same", { count: same.length })}
              </summary>
              <dl className="mt-1 border-t border-line">
                {same.map((property) => (
                  <OutcomeRow
                    key={property.name}
                    {...shared}
                    property={property}
                    onOpen={() => open(property)}
                  />
                ))}
              </dl>
            </details>
          )}
        </div>
      </SheetBody>
      <SheetFoot>
        {merging.stale !== null && (
          <p role="alert" className="mb-2.5 rounded-card bg-accent-soft px-3 py-2 text-[13px]">
            {merging.stale.length > 0
              ? t("merge.stale", { names: named(merging.stale) })
              : t("merge.staleSomewhere")}
          </p>
        )}
        {failure && (
          <MergeProblem
            error={failure}
            otherId={secondaryId}
            onClose={onClose}
            onRetry={merging.error ? confirm : () => void again()}
          />
        )}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
          <p className="min-w-0 flex-1 basis-64 text-[13px] text-ink-2">
            {t("merge.explain", { name: names.secondary })}
          </p>
          <div className="ml-auto flex gap-2 max-desk:w-full max-desk:[&>*]:flex-1">
            <Button onClick={onBack}>{t("app.back")}</Button>
            <Button
              kind="primary"
              disabled={!settled || merging.busy}
              aria-busy={merging.busy}
              onClick={confirm}
            >
              {t(merging.busy ? "merge.merging" : "merge.confirm")}
            </Button>
          </div>
        </div>
      </SheetFoot>
    </>
  );
}

/** What properties are called, and how their values are written. */
function useVocabulary(): Vocabulary & { readonly ready: boolean } {
  const t = useText();
  const session = useSession();
  const properties = useQuery(propertiesQuery(session)).data;
  const users = useQuery(usersQuery(session)).data;
  return {
    ready: properties !== undefined && users !== undefined,
    properties: new Map((properties ?? []).map((property) => [property.name, property])),
    labels: new Map([
      [PHOTO, t("merge.photo")],
      ...(properties ?? []).map((property) => [property.name, labelOf(t, property)] as const),
    ]),
    users: users ?? [],
  };
}
