/** What is read of imports: often while one runs, so that its progress is seen; once when it has ended. */
import { queryOptions } from "@tanstack/react-query";
import { getImport, listImports } from "../api/calls";
import type { Import } from "../api/types";
import { language } from "../i18n/language";

const RUNNING_MS = 600;
const WATCH_MS = 2_000;

export const isRunning = ({ state }: Pick<Import, "state">) =>
  state === "waiting" || state === "running" || state === "cancelling";

/** Without what there is to tell of each. */
export const importsQuery = () =>
  queryOptions({
    queryKey: ["imports"],
    queryFn: listImports,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.results.some(isRunning) ? WATCH_MS : false),
  });

/** With what there is to tell of it, in the reader's language. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["import", id, language()],
    queryFn: () => getImport(id),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? RUNNING_MS : false),
  });
