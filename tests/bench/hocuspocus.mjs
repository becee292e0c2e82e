/** The peer: @hocuspocus/server as it comes, which stores nothing. `node hocuspocus.mjs PORT REDIS_PORT STATE_FILE`. */
import { readFile } from "node:fs/promises";
import { Redis } from "@hocuspocus/extension-redis";
import { Server } from "@hocuspocus/server";
import { applyUpdate } from "yjs";

const [port, redisPort] = process.argv.slice(2).map(Number);
const state = process.argv[4];
const extensions = redisPort ? [new Redis({ host: "127.0.0.1", port: redisPort })] : [];
const onLoadDocument = async ({ document }) => void (state && applyUpdate(document, await readFile(state)));
await new Server({ port, address: "127.0.0.1", quiet: true, extensions, onLoadDocument }).listen();
console.log("ready");
