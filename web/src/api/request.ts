/** One request to the REST interface: JSON in, JSON out, and every way it can fail as a value with a name. */
import { language } from "../i18n/language";

/** The server said no: a problem document (RFC 9457), its sentence already in the reader's language. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";
const PATIENCE_MS = 10_000;

export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { "Accept-Language": language(), "X-Carnet": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new Unreachable(path);
  });
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problemOf(response: Response): Promise<Error> {
  // Whatever stands between us and the server answers 502 to 504 when it does not.
  if (response.status >= 502 && response.status <= 504) return new Unreachable(response.url);
  const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new Problem(response.status, code ?? "unknown", detail ?? response.statusText);
}
