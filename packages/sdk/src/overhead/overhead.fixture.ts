/**
 * The program of the test that captures much under a small budget: 200 spans, each of another long conversation, 20 ms
 * apart by its own clock besides what capturing takes. At the end it says what became of them.
 */
import { systemClock } from "../contract/clock.ts";
import { Tracer } from "../recording/tracer.ts";

const SPANS = 200;
const MESSAGES = 2_000;
const APART_MS = 20;

/** Real time, and as much more as the program has waited: a test need not wait for it. */
let waitedMs = 0;
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + waitedMs };

const warnings: string[] = [];
const logger = { debug() {}, info() {}, warn: (line: string) => void warnings.push(line), error() {} };
const sink = { name: "sink", export: async () => ({ kind: "delivered" as const }) };
const tracer = new Tracer({ exporters: [sink], clock, logger, overheadBudget: { loopShare: 1e-5 } });

// The code of the budget is loaded by then.
await import("./degrading.ts");
await new Promise(setImmediate);

for (let step = 0; step < SPANS; step++) {
  const messages = Array.from({ length: MESSAGES }, (_, i) => ({ role: "user", content: `${step} said ${i}` }));
  const span = tracer.startTrace().startSpan("step", { input: { messages } });
  waitedMs += APART_MS;
  span.end();
}
const { ok } = await tracer.flush();
const { overhead, lanes } = tracer.stats();
const { created, delivered, coalesced } = lanes.sink!;
const { level, passed, degradedPayloads } = overhead!;
const account = { ok, created, lost: created - delivered - coalesced };
process.stdout.write(`${JSON.stringify({ ...account, level, passed, ...degradedPayloads, warnings })}\n`);
