/**
 * Sends an address book. By XMLHttpRequest, the only way to see how far a file has gone; it may take as long as it takes.
 */
import { problemOf, Unreachable } from "../api/request";
import type { Import } from "../api/types";
import { language } from "../i18n/language";

const ADDRESS = "/api/v1/imports";

/** Calls `onShare` with the part that has gone, 0 to 1. Throws `Problem` or `Unreachable`. */
export function upload(file: File, onShare: (share: number) => void, signal: AbortSignal): Promise<Import> {
  const form = new FormData();
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", ADDRESS);
  request.setRequestHeader("Accept-Language", language());
  request.setRequestHeader("X-Carnet", "1");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0));
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    const unreachable = () => reject(new Unreachable(ADDRESS));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response as Import);
      else reject(problemOf(new Response(null, { status: request.status }), request.response));
    });
    request.addEventListener("error", unreachable);
    request.addEventListener("abort", unreachable);
    request.send(form);
  });
}
