/**
 * A worker of the collector: a process of its own, started by the one that serves (`workers/worker-process.ts`), with a
 * channel to it on file descriptor 3. It ends with that process, however that ends, and by no signal of a terminal or
 * service manager: the serving process decides the order.
 */
import { Socket } from "node:net";
import { WorkerSide } from "./workers/worker-side.ts";

const CHANNEL = 3;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.title = `everspan ${process.argv[2] ?? "worker"}`;
// What was not answered is sent again by its sender; a transaction that is under way is undone by SQLite.
new WorkerSide(new Socket({ fd: CHANNEL, readable: true, writable: true }), () => process.exit(0));
