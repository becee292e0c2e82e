/** Signing in: two fields, and back to where one was going. */
import { useMutation } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, type FormEvent } from "react";
import { signIn } from "../api/calls";
import { Problem, Unreachable } from "../api/request";
import { remember } from "../app/identity";
import { useText } from "../i18n/language";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { LanguageSwitch, ThemeSwitch } from "../ui/switches";
import { useTitle } from "../ui/title";

export function SignInPage() {
  const t = useText();
  const { next, again } = useSearch({ from: "/sign-in" });
  useTitle(t("signIn.title"));

  const attempt = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email, password),
    onSuccess: (me) => {
      remember(me);
      // A fresh page: nothing of whoever was here before lives on in it.
      location.assign(next ?? "/contacts");
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt.mutate({ email: String(form.get("email")), password: String(form.get("password")) });
  };

  const failure = useFailure(attempt.error);
  useEffect(() => {
    if (attempt.isError) document.querySelector<HTMLInputElement>("input[name=password]")?.select();
  }, [attempt.isError, attempt.submittedAt]);

  return (
    <main id="content" className="grid min-h-dvh grid-rows-[1fr_auto] px-6">
      <div className="m-auto w-full max-w-[21rem] py-10">
        <Brand className="mb-7 text-[20px] [&_svg]:size-6" />
        <h1 className="sr-only">{t("signIn.title")}</h1>
        <p className="mb-6 text-[15px] text-balance text-ink-2">
          {again ? t("signIn.again") : t("signIn.lead")}
        </p>
        <form onSubmit={submit} className="grid gap-4" noValidate={false}>
          <Field
            label={t("signIn.email")}
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
          />
          <Field
            label={t("signIn.password")}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            aria-describedby="sign-in-failure"
            aria-invalid={attempt.isError}
          />
          <p id="sign-in-failure" role="alert" className="-mt-1 min-h-5 text-[13px] text-bad">
            {failure}
          </p>
          <Button kind="primary" type="submit" disabled={attempt.isPending} className="h-9">
            {t("signIn.submit")}
          </Button>
        </form>
      </div>
      <footer className="flex justify-center gap-3 pb-6">
        <LanguageSwitch />
        <ThemeSwitch />
      </footer>
    </main>
  );
}

function useFailure(error: Error | null): string | null {
  const t = useText();
  if (!error) return null;
  if (error instanceof Unreachable) return t("app.unreachable");
  if (error instanceof Problem && error.status === 401) return t("signIn.wrong");
  return error.message || t("app.failed");
}
