/** In the place of `node:stream` and `node:events`: who has no streams of Node.js has none to follow. */
import { builtIn } from "./built-in.ts";

export const finished = builtIn<typeof import("node:stream")>("node:stream")?.finished ?? (() => () => {});
const events = builtIn<typeof import("node:events")>("node:events");
export const errorMonitor = events?.errorMonitor ?? Symbol("errorMonitor");
export const EventEmitter = events?.EventEmitter ?? class {};
