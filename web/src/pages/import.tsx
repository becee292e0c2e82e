/** Address books come in here: choose a file, see it being read, read what became of everybody in it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AccountMenu } from "../app/account-menu";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { DropZone } from "../imports/drop-zone";
import { ImportCard } from "../imports/import-card";
import { importsQuery, isRunning } from "../imports/import-queries";
import { Progress } from "../imports/progress";
import { useUploads, type Going } from "../imports/use-uploads";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { useTitle } from "../ui/title";
import { Message, ToContacts } from "./fallbacks";

export function ImportPage() {
  const t = useText();
  const { me } = useSession();
  useTitle(t("import.title"));
  return (
    <main id="content" tabIndex={-1} className="min-w-0">
      <div className="flex items-center justify-between border-b border-line bg-paper px-4 py-1.5 desk:hidden">
        <Brand />
        <AccountMenu shape="disc" />
      </div>
      {me.role === "viewer" ? (
        <Message title={t("import.viewer")} help={t("import.viewerHelp")}>
          <ToContacts />
        </Message>
      ) : (
        <Desk />
      )}
    </main>
  );
}

function Desk() {
  const t = useText();
  const { going, begun, failures, send } = useUploads();
  return (
    <div className="mx-auto max-w-[46rem] px-4 pb-24 desk:px-8">
      <nav aria-label={t("contact.path")} className="flex h-13 items-center gap-1.5 text-[13px] text-ink-3">
        <Link to="/contacts" className="rounded-sm hover:text-ink hover:underline">
          {t("app.contacts")}
        </Link>
        <span aria-hidden>›</span>
        <span className="text-ink-2">{t("import.title")}</span>
      </nav>
      <h1 className="text-[22px] leading-tight font-[650] tracking-[-0.018em]">{t("import.heading")}</h1>
      <p className="mt-1.5 mb-5 max-w-[64ch] text-ink-2">{t("import.lead")}</p>
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
    </div>
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
