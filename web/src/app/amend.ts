/** How something newer comes into what has been read, for as long as an older answer may still be on its way. */
import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";

const again = new WeakSet<Query>();

/**
 * Changes what has been read under this key (`undefined` leaves it as it is). An answer on its way may have been given
 * before the change and would overwrite it, or come first and never know of it: after it, it is asked for anew.
 */
export function amend<T>(
  queries: QueryClient,
  queryKey: QueryKey,
  change: (data: T | undefined) => T | undefined,
): void {
  queries.setQueryData<T>(queryKey, change);
  const exactly = { queryKey, exact: true };
  const query = queries.getQueryCache().find(exactly);
  if (!query || query.state.fetchStatus === "idle" || again.has(query)) return;
  again.add(query);
  void queries.refetchQueries(exactly, { cancelRefetch: false }).finally(() => {
    again.delete(query);
    void queries.invalidateQueries(exactly);
  });
}

/**
 * What is read for the first time at this moment, and matches, is asked for once more after its answer: that may have
 * been given before something happened of which we know by now. What has been read before is amended, or read anew.
 */
export function doubtFirstAnswers(queries: QueryClient, matches: (queryKey: QueryKey) => boolean): void {
  for (const { queryKey, state } of queries.getQueryCache().findAll({ fetchStatus: "fetching" })) {
    if (state.data === undefined && matches(queryKey)) amend(queries, queryKey, (data) => data);
  }
}
