/** The REST interface, typed by the server's own description (schema.ts), and every way it can fail as a value with a name. */
import createClient from "openapi-fetch";
import { language } from "../i18n/language";
import { earlyAnswer } from "./early";
import type { components, paths } from "./schema";

type Shapes = components["schemas"];

/** The server said no: a problem document (RFC 9457), its sentences already in the reader's language. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** What was wrong with which value; empty where the whole request was refused. */
    readonly errors: readonly Shapes["ProblemField"][] = [],
    /** All that the server said, for who reads on. */
    readonly answer: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

const PATIENCE_MS = 10_000;

export const rest = createClient<paths>({ fetch: reach });

/** What the server answers to a call of `rest`; throws `Problem` or `Unreachable`. */
export async function read<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as T;
}

async function reach(request: Request): Promise<Response> {
  request.headers.set("Accept-Language", language());
  request.headers.set("X-Carnet", "1");
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const early = earlyAnswer(request);
  return (early ? heard(early, signal) : fetch(request, { signal })).catch(() => {
    // Who asked wants no answer any more: that says nothing of the server.
    request.signal.throwIfAborted();
    throw new Unreachable(request.url);
  });
}

/** Not longer than somebody wants to hear it. */
function heard<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    answer.then(resolve, reject);
  });
}

export function problemOf(response: Response, answer: unknown): Error {
  // Whatever stands between us and the server answers 502 to 504 when it does not.
  if (response.status >= 502 && response.status <= 504) return new Unreachable(response.url);
  const { code, detail, errors } = (typeof answer === "object" && answer ? answer : {}) as Partial<
    Shapes["ProblemDocument"]
  >;
  const said = typeof answer === "object" && answer ? (answer as Record<string, unknown>) : {};
  return new Problem(response.status, code ?? "unknown", detail ?? response.statusText, errors, said);
}
