/** The files on their way to the server, one after the other, and why one did not go. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { Unreachable } from "../api/request";
import { useText } from "../i18n/language";
import { unfit } from "./address-book";
import { importsQuery } from "./import-queries";
import { upload } from "./upload";

export interface Going {
  readonly name: string;
  readonly share: number;
}

export function useUploads() {
  const t = useText();
  const queries = useQueryClient();
  const [going, setGoing] = useState<Going | null>(null);
  const [begun, setBegun] = useState<ReadonlySet<string>>(new Set());
  const [failures, setFailures] = useState<readonly string[]>([]);
  const stopped = useRef(new AbortController());

  useEffect(() => {
    stopped.current = new AbortController();
    return () => stopped.current.abort();
  }, []);

  const send = useCallback(
    async (files: readonly File[]) => {
      setFailures([]);
      const fail = (sentence: string) => setFailures((now) => [...now, sentence]);
      for (const file of files) {
        const reason = unfit(file, t);
        if (reason) {
          fail(reason);
          continue;
        }
        setGoing({ name: file.name, share: 0 });
        const { signal } = stopped.current;
        try {
          const { id } = await upload(file, (share) => setGoing({ name: file.name, share }), signal);
          setBegun((now) => new Set([...now, id]));
        } catch (error) {
          if (signal.aborted) return;
          const told = error instanceof Unreachable ? t("app.unreachable") : (error as Error).message;
          fail(t("import.notSent", { name: file.name, reason: told }));
        }
        await queries.invalidateQueries(importsQuery());
      }
      setGoing(null);
    },
    [queries, t],
  );

  return { going, begun, failures, send };
}
