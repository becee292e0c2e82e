/** Address books come in here: choose a file, see it being read, read what became of everybody in it. */
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { DropZone } from "../imports/drop-zone";
import { ImportCard } from "../imports/import-card";
import { importsQuery, isRunning } from "../imports/import-queries";
import { Progress } from "../ui/progress";
import { useUploads, type Going } from "../imports/use-uploads";
import { Button } from "../ui/button";
import { ColumnPage } from "./column-page";
import { ToContacts } from "./fallbacks";

export function ImportPage() {
  const t = useText();
  const { me } = useSession();
  const viewer = me.role === "viewer";
  return (
    <ColumnPage
      title={t(viewer ? "import.viewer" : "import.heading")}
      name={t("import.title")}
      lead={t(viewer ? "import.viewerHelp" : "import.lead")}
    >
      {viewer ? <ToContacts /> : <Desk />}
    </ColumnPage>
  );
}

function Desk() {
  const { going, begun, failures, send } = useUploads();
  return (
    <>
      <DropZone busy={going !== null} onFiles={(files) => void send(files)} />
      <div role="alert">
        {failures.map((failure) => (
          <p key={failure} className="mt-3 rounded-card border border-bad px-3.5 py-2.5">
            {failure}
          </p>
        ))}
      </div>
      {going && <Sending going={going} />}
      <Imports begun={begun} />
    </>
  );
}

function Sending({ going: { name, share } }: { readonly going: Going }) {
  const t = useText();
  return (
    <div className="mt-4 rounded-card border border-line bg-sheet px-4 pt-3">
      <p className="mb-2 truncate font-[550]">{t("import.sending", { name })}</p>
      <Progress label={t("import.sending", { name })} share={share} />
    </div>
  );
}

/** Those that began here are open, and those that run; the earlier ones are folded. */
function Imports({ begun }: { readonly begun: ReadonlySet<string> }) {
  const t = useText();
  const query = useQuery(importsQuery());
  if (!query.data) {
    if (!query.isError) return <p className="patient mt-8 text-ink-3">{t("import.loading")}</p>;
    return (
      <div className="mt-8 grid justify-items-start gap-3">
        <p className="text-ink-2">{t("import.listFailed")}</p>
        <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  const { results } = query.data;
  if (results.length === 0) return null;
  return (
    <section aria-labelledby="imports-title" className="mt-8">
      <h2 id="imports-title" className="mb-2 text-[13px] font-semibold">
        {t("import.list")}
      </h2>
      <ul className="grid gap-2">
        {results.map((entry) => (
          <ImportCard key={entry.id} entry={entry} opened={begun.has(entry.id) || isRunning(entry)} />
        ))}
      </ul>
    </section>
  );
}
