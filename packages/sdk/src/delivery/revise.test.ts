/**
 * A record that becomes the next revision in its place says the same as one that is coalesced by the next. With a
 * processor, even one that changes nothing, each revision is a record of its own: the two tell the same story.
 */
import { ManualClock, RecordingLogger } from "@everspan/testkit";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import { LazyExporter } from "../exporters/backend/lazy-exporter.ts";
import { Tracer } from "../recording/tracer.ts";

// The same waits between attempts in both stories.
vi.mock("../recording/fresh-seed.ts", () => ({ freshSeed: () => 7 }));

type Operation =
  | { readonly kind: "start"; readonly span: number; readonly characters: number }
  | { readonly kind: "end"; readonly span: number; readonly characters: number; readonly changes: boolean }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "flush" }
  | { readonly kind: "shutdown" };

const ANSWERS: readonly ExportOutcome[] = [
  { kind: "delivered" },
  { kind: "busy", reason: "busy", maybeDelivered: true },
  { kind: "tooLarge" },
  { kind: "poison", reason: "bad" },
];

/** One of ours, which reads the records when its turn comes; it answers after a while, as the test says. */
class Ours extends LazyExporter {
  readonly batches: string[][] = [];

  constructor(name: string, clock: ManualClock, answers: readonly number[]) {
    super({}, name, async () => ({
      exportEach: async (batch) => {
        const answer = ANSWERS[answers[this.batches.length % answers.length]!]!;
        this.batches.push(batch.map((source) => JSON.stringify(source.toRecord().toSnapshot())));
        await new Promise<void>((resolve) => clock.schedule(resolve, 40, false));
        // What was sent does not change while it is under way.
        expect(batch.map((source) => JSON.stringify(source.toRecord().toSnapshot()))).toEqual(this.batches.at(-1));
        return answer;
      },
      export: async () => ({ kind: "delivered" }),
      close: async () => undefined,
    }));
  }
}

/** What a tracer's stats and back ends show at each step of the story. */
async function storyOf(operations: readonly Operation[], answers: readonly number[], isEachOne: boolean) {
  const clock = new ManualClock();
  const exporters = [new Ours("a", clock, answers), new Ours("b", clock, [0])];
  const tracer = new Tracer({
    exporters,
    processors: isEachOne ? [(snapshot) => snapshot] : [],
    queue: { maxRecords: 12, maxBytes: 12_000 },
    batch: { maxRecords: 3, maxBytes: 4_000 },
    delivery: { concurrency: 1, attemptTimeoutMs: 2_000, deliveryTimeoutMs: 3_000 },
    redaction: false,
    clock,
    logger: new RecordingLogger(),
    service: { name: "s" },
  });
  const trace = tracer.trace("t");
  const open = new Map<number, ReturnType<typeof trace.startSpan>>();
  const seen: unknown[] = [];
  const flushed: unknown[] = [];
  for (const operation of [...operations, { kind: "advance", ms: 60_000 } as const]) {
    if (operation.kind === "advance") await clock.advance(operation.ms);
    else if (operation.kind === "flush") void tracer.flush({ timeoutMs: 500 }).then((result) => flushed.push(result));
    else if (operation.kind === "shutdown") void tracer.shutdown({ timeoutMs: 2_000 });
    else if (operation.kind === "start") {
      const input = { text: "i".repeat(operation.characters) };
      if (!open.has(operation.span))
        open.set(operation.span, trace.startSpan(`${operation.span}`, { input, id: `${seen.length}` }));
    } else {
      const span = open.get(operation.span);
      open.delete(operation.span);
      if (span === undefined) continue;
      span.output = { text: "o".repeat(operation.characters) };
      if (operation.changes) {
        span.name = "another";
        span.input = { other: "x".repeat(operation.characters) };
        span.setData({ a: 1 }).recordError(Object.assign(new TypeError("failed"), { stack: "at work" }));
      }
      span.end();
    }
    const { lanes, queue } = tracer.stats();
    seen.push({ lanes, queue, sent: exporters.map(({ batches }) => batches.length) });
  }
  return { seen, flushed, batches: exporters.map(({ batches }) => batches) };
}

const size = fc.constantFrom(0, 10, 600, 2_000, 9_000);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant("start"), span: fc.nat(5), characters: size }) },
  {
    weight: 40,
    arbitrary: fc.record({ kind: fc.constant("end"), span: fc.nat(5), characters: size, changes: fc.boolean() }),
  },
  { weight: 40, arbitrary: fc.record({ kind: fc.constant("advance"), ms: fc.constantFrom(1, 30, 120, 250, 1_000) }) },
  { weight: 15, arbitrary: fc.constant({ kind: "flush" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "shutdown" } as const) },
);

describe("whether each revision is a record, or the next one takes its place in it:", () => {
  test("the account, the queue and what is sent are the same at each step", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 20, maxLength: 80 }),
        fc.array(fc.nat(ANSWERS.length - 1), { minLength: 1, maxLength: 5 }),
        async (operations, answers) => {
          expect(await storyOf(operations, answers, false)).toEqual(await storyOf(operations, answers, true));
        },
      ),
      { numRuns: 300 },
    );
  });
});
