import { Tracer } from "../recording/tracer.ts";

/**
 * The program of the tests of how a process ends by itself: `WHAT [DIRECTORY]`. Its last line says how long it stayed
 * after its work was done, and what it had delivered.
 */
const what = process.argv[2]!;
const directory = process.argv[3];

let delivered = 0;
const tracer = new Tracer({
  exporters: [
    {
      name: "back end",
      export: async (batch) => {
        delivered += batch.length;
        return { kind: "delivered" };
      },
    },
  ],
  batch: { lingerMs: 60_000 },
  ...(directory === undefined ? {} : { spool: { directory } }),
});

if (what !== "shutdown only") tracer.span("work", () => undefined);
if (what !== "span only") await tracer.shutdown({ timeoutMs: 60_000 });
const doneMs = performance.now();
process.on("exit", () => {
  process.stdout.write(`${JSON.stringify({ stayedMs: performance.now() - doneMs, delivered })}\n`);
});
