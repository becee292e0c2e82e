/** Which files may be an address book, told before one is sent: what is wrong, how much of it, what to do instead. */
import type { Translate } from "../i18n/catalogue";

/** The server's own bound (api/imports.py). */
export const MEGABYTES_MAX = 100;
const MEGABYTE = 1024 * 1024;
const NAMES = /\.(?:vcf|vcard|csv)$/i;

export const ACCEPTED = ".vcf,.vcard,.csv,text/vcard,text/x-vcard,text/csv";

/** Why this file is not sent; null when it may be. */
export function unfit({ name, size }: Pick<File, "name" | "size">, t: Translate): string | null {
  if (!NAMES.test(name)) return t("import.wrongType", { name });
  if (size === 0) return t("import.emptyFile", { name });
  if (size > MEGABYTES_MAX * MEGABYTE)
    return t("import.tooLarge", { name, size: Math.ceil(size / MEGABYTE), max: MEGABYTES_MAX });
  return null;
}
