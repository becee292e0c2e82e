/** What an import may have brought twice. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useText } from "../i18n/language";
import { plainClass } from "../ui/button";
import { duplicateCountQuery } from "./duplicate-queries";

export function AfterImport() {
  const t = useText();
  const total = useQuery(duplicateCountQuery()).data?.total;
  if (!total) return null;
  return (
    <Link to="/contacts/duplicates" className={`mt-4 ${plainClass}`}>
      {t("duplicates.afterImport", { count: total })}
    </Link>
  );
}
