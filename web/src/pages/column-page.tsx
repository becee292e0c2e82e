/** A page in one column under the list of contacts: the way back to it, a heading, what the page is for, its content. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { AccountMenu } from "../app/account-menu";
import { useText } from "../i18n/language";
import { Brand } from "../ui/brand";
import { useTitle } from "../ui/title";

interface ColumnPageProps {
  readonly title: string;
  /** What it is called on the way to it, where that is shorter. */
  readonly name?: string;
  readonly lead: string;
  readonly children: ReactNode;
}

export function ColumnPage({ title, name = title, lead, children }: ColumnPageProps) {
  const t = useText();
  useTitle(name);
  return (
    <main id="content" tabIndex={-1} className="min-w-0">
      <div className="flex items-center justify-between border-b border-line bg-paper px-4 py-1.5 desk:hidden">
        <Brand />
        <AccountMenu shape="disc" />
      </div>
      <div className="mx-auto max-w-[46rem] px-4 pb-24 desk:px-8">
        <nav aria-label={t("contact.path")} className="flex h-13 items-center gap-1.5 text-[13px] text-ink-3">
          <Link to="/contacts" className="rounded-sm hover:text-ink hover:underline">
            {t("app.contacts")}
          </Link>
          <span aria-hidden>›</span>
          <span className="text-ink-2">{name}</span>
        </nav>
        <h1 className="text-[22px] leading-tight font-[650] tracking-[-0.018em]">{title}</h1>
        <p className="mt-1.5 mb-5 max-w-[64ch] text-ink-2">{lead}</p>
        {children}
      </div>
    </main>
  );
}
