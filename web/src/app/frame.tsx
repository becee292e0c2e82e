/** Around the pages of a session: keeps the screen live, checks in the background that the session is still good. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouteContext } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { Problem } from "../api/request";
import { askServer, forget } from "./identity";
import { keepLive } from "./live";
import { deliverLeftovers, SessionProvider } from "./session";
import { Shell } from "./shell";

export function Frame() {
  const { session } = useRouteContext({ from: "/signed-in" });
  const queries = useQueryClient();
  const signInAgain = useSignInAgain();

  useEffect(() => {
    const check = async () => {
      const asked = await askServer();
      if (asked.kind === "stranger") signInAgain();
      else if (asked.kind === "known" && asked.me.id !== session.me.id) location.reload();
    };
    const back = () => void deliverLeftovers(session);
    void check();
    back();
    return keepLive(queries, back);
  }, [session, queries, signInAgain]);

  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.action.type !== "error") return;
        const { error } = event.action;
        if (error instanceof Problem && error.status === 401) signInAgain();
      }),
    [queries, signInAgain],
  );

  return (
    <SessionProvider value={session}>
      <Shell />
    </SessionProvider>
  );
}

/** The session is over: to the sign-in page, which leads back here. What is unsent stays on the device. */
export function useSignInAgain(): () => void {
  const navigate = useNavigate();
  return useCallback(() => {
    forget();
    const next = location.pathname + location.search;
    // A page of its own, so that nothing of the old session lives on.
    void navigate({ to: "/sign-in", search: { next, again: true }, reloadDocument: true });
  }, [navigate]);
}
