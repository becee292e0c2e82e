/** The pages for what is not there and for what went wrong. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Unreachable } from "../api/request";
import { useText } from "../i18n/language";
import { Button, plainClass } from "../ui/button";

interface MessageProps {
  readonly title: string;
  readonly help?: string;
  readonly children?: ReactNode;
}

export function Message({ title, help, children }: MessageProps) {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-2 px-6 py-[18vh] text-center">
      <h1 className="text-[19px] font-semibold tracking-tight text-balance">{title}</h1>
      {help && <p className="text-balance text-ink-2">{help}</p>}
      {children && <div className="mt-3">{children}</div>}
    </div>
  );
}

export function NotFound() {
  const t = useText();
  return (
    <main id="content" tabIndex={-1}>
      <Message title={t("app.notFound")} help={t("app.notFoundHelp")}>
        <ToContacts />
      </Message>
    </main>
  );
}

export function ToContacts() {
  const t = useText();
  return (
    <Link to="/contacts" className={plainClass}>
      {t("app.toContacts")}
    </Link>
  );
}

export function Failed({ error }: { readonly error: unknown }) {
  const t = useText();
  const unreachable = error instanceof Unreachable;
  return (
    <main id="content" tabIndex={-1}>
      <Message
        title={t(unreachable ? "link.offline" : "app.failed")}
        {...(unreachable ? { help: t("app.unreachable") } : {})}
      >
        <Button onClick={() => location.reload()}>{t("app.reload")}</Button>
      </Message>
    </main>
  );
}
