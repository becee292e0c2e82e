/**
 * Emits sw.js: the list of this build's files, kept by the browser, so that the app opens without a network.
 *
 * A page load asks the network first, so that a new build is never hidden by an old one; hashed files come from the
 * cache. The two newest builds are kept: a tab that is still open may ask for a chunk of the one before.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export function offlineShell(): Plugin {
  let publicFolder = "public";
  return {
    name: "carnet:offline-shell",
    apply: "build",
    // After the plugin that puts index.html into the bundle.
    enforce: "post",
    configResolved: (config) => {
      publicFolder = config.publicDir;
    },
    generateBundle(_options, bundle) {
      const still = readdirSync(publicFolder).map((name) => ({
        name,
        source: readFileSync(join(publicFolder, name)),
      }));
      const built = Object.values(bundle).map((file) => ({
        name: file.fileName,
        source: file.type === "chunk" ? file.code : file.source,
      }));
      const files = [...still, ...built].toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const hash = createHash("sha256");
      for (const file of files) hash.update(file.name).update(file.source);
      const paths = files.map((file) => (file.name === "index.html" ? "/" : `/${file.name}`));
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: worker(`carnet-${hash.digest("hex").slice(0, 12)}`, paths),
      });
    },
  };
}

function worker(cacheName: string, paths: string[]): string {
  return `const CACHE = ${JSON.stringify(cacheName)};
const FILES = ${JSON.stringify(paths)};
addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const ours = (await caches.keys()).filter((name) => name.startsWith("carnet-"));
    await Promise.all(ours.slice(0, -2).filter((name) => name !== CACHE).map((name) => caches.delete(name)));
    await clients.claim();
  })());
});
const shell = async () => (await (await caches.open(CACHE)).match("/")) ?? Response.error();
const network = (request) => fetch(request, { signal: AbortSignal.timeout(4000) });
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (/^\\/(api|sync|healthz|readyz|metrics)(\\/|$)/.test(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(network(request).catch(shell));
  else event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});
`;
}
