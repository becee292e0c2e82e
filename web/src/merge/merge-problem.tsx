/** Why two contacts cannot be merged, or not now, in a sentence, with the way on. */
import { Link } from "@tanstack/react-router";
import { Problem, Unreachable } from "../api/request";
import type { PlainKey } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";

const SENTENCES: Record<string, PlainKey> = {
  already_merged: "merge.problem.already",
  same_contact: "merge.problem.same",
  forbidden: "merge.problem.forbidden",
  not_found: "merge.problem.notFound",
  contact_deleted: "merge.problem.deleted",
};

interface MergeProblemProps {
  readonly error: Error;
  readonly otherId: string;
  readonly onClose: () => void;
  readonly onRetry: () => void;
}

export function MergeProblem({ error, otherId, onClose, onRetry }: MergeProblemProps) {
  const t = useText();
  const code = error instanceof Problem ? error.code : "";
  const known = SENTENCES[code];
  const sentence = known ? t(known) : error instanceof Unreachable ? t("merge.offline") : error.message;
  return (
    <div role="alert" className="mb-2.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-bad">
      <p className="min-w-0">{sentence || t("merge.problem.other")}</p>
      {code === "already_merged" ? (
        <Link
          to="/contacts/$contactId"
          params={{ contactId: otherId }}
          onClick={onClose}
          className="rounded-sm text-accent underline underline-offset-2"
        >
          {t("merge.problem.open")}
        </Link>
      ) : (
        !known && (
          <Button kind="quiet" onClick={onRetry}>
            {t("app.retry")}
          </Button>
        )
      )}
    </div>
  );
}
