/** The peer: @hocuspocus/server as it comes, which stores nothing. `node hocuspocus.mjs PORT [REDIS_PORT]`. */
import { Redis } from "@hocuspocus/extension-redis";
import { Server } from "@hocuspocus/server";

const [port, redisPort] = process.argv.slice(2).map(Number);
const extensions = redisPort ? [new Redis({ host: "127.0.0.1", port: redisPort })] : [];
await new Server({ port, address: "127.0.0.1", quiet: true, extensions }).listen();
console.log("ready");
