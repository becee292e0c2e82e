/** What became of the people in a file: how many, who was refused and why, and what of the file has no place here. */
import { useState } from "react";
import type { Import } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { unlisted } from "./unlisted";

const SHOWN_FIRST = 20;

export function ImportReport({ of: now }: { readonly of: Import }) {
  const t = useText();
  if (now.state === "failed")
    return (
      <div role="status">
        {now.cases.map(({ code, message }) => (
          <p key={code} className="text-bad">
            {message}
          </p>
        ))}
        <p className="mt-1 text-[13px] text-ink-2">{t("import.failedHelp")}</p>
      </div>
    );
  return (
    <>
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        <Count of={now.created} label={t("import.count.created")} />
        <Count of={now.unchanged} label={t("import.count.unchanged")} />
        <Count of={now.refused} label={t("import.count.refused")} />
      </dl>
      <Cases of={now} />
      <LeftOut fields={now.left_out} />
    </>
  );
}

function Count({ of: count, label }: { readonly of: number; readonly label: string }) {
  const t = useText();
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-[12.5px] text-ink-3">{label}</dt>
      <dd className="text-[19px] leading-tight font-semibold tabular-nums">
        {t("import.number", { count })}
      </dd>
    </div>
  );
}

/** The name of a property before its value, which the reason already tells. */
const NAMED = /^(?:emails|phones|tags): /;

type Case = Import["cases"][number];

function Cases({ of: now }: { readonly of: Import }) {
  const t = useText();
  const [all, setAll] = useState(false);
  if (now.cases.length === 0) return null;
  const cases = now.cases.toSorted((a, b) => a.line - b.line);
  const shown = all ? cases : cases.slice(0, SHOWN_FIRST);
  const more = unlisted(now);
  return (
    <section className="mt-5">
      <h3 className="mb-1 text-[12.5px] font-semibold text-ink-2">{t("import.cases")}</h3>
      <table className="w-full border-collapse text-[13px]">
        <thead className="sr-only">
          <tr>
            <th scope="col">{t("import.line")}</th>
            <th scope="col">{t("import.who")}</th>
            <th scope="col">{t("import.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((each, index) => (
            <CaseRow key={index} {...each} />
          ))}
        </tbody>
      </table>
      {shown.length < now.cases.length && (
        <Button kind="quiet" className="mt-1 -ml-2" onClick={() => setAll(true)}>
          {t("import.showAll", { count: now.cases.length })}
        </Button>
      )}
      {all && more > 0 && (
        <p className="mt-2 text-[13px] text-ink-3">{t("import.unlisted", { count: more })}</p>
      )}
    </section>
  );
}

function CaseRow({ kind, line, name, message, detail }: Case) {
  const t = useText();
  return (
    <tr className="border-t border-line align-top max-desk:grid max-desk:grid-cols-[auto_1fr] max-desk:gap-x-3 max-desk:py-2">
      <td className="w-20 py-1.5 pr-3 whitespace-nowrap text-ink-3 tabular-nums max-desk:w-auto max-desk:py-0">
        {t("import.lineOf", { line })}
      </td>
      <td className="w-2/5 max-w-48 truncate py-1.5 pr-3 font-[550] max-desk:w-auto max-desk:py-0">
        {name || "—"}
      </td>
      <td className="py-1.5 text-ink-2 max-desk:col-span-2 max-desk:py-0">
        <span className={kind === "refused" ? "text-bad" : ""}>{t(`import.kind.${kind}`)}</span> {message}{" "}
        {detail && kind !== "same" && (
          <span className="break-all text-ink-3">{detail.replace(NAMED, "")}</span>
        )}
      </td>
    </tr>
  );
}

function LeftOut({ fields }: { readonly fields: Import["left_out"] }) {
  const t = useText();
  const entries = Object.entries(fields).toSorted(([, a], [, b]) => b - a);
  if (entries.length === 0) return null;
  return (
    <section className="mt-5">
      <h3 className="text-[12.5px] font-semibold text-ink-2">{t("import.leftOut")}</h3>
      <p className="mt-0.5 text-[13px] text-ink-3">{t("import.leftOutHelp")}</p>
      <ul className="mt-2 flex flex-wrap gap-1.5">
        {entries.map(([name, count]) => (
          <li
            key={name}
            className="max-w-full truncate rounded-full bg-sunk px-2.5 py-0.5 text-[12.5px] text-ink-2"
          >
            {name} <span className="text-ink-3 tabular-nums">{t("import.times", { count })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
