import { ManualClock, RecordingLogger } from "@everspan/testkit";
import { expect, test } from "vitest";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import { LazyExporter } from "../exporters/backend/lazy-exporter.ts";
import type { RecordSource } from "../exporters/backend/sender.ts";
import { Tracer } from "../recording/tracer.ts";

test("an exporter's list does not change under its hands: an attempt that was given up may still read it", async () => {
  const lists: (readonly RecordSource[])[] = [];
  const answers: (ExportOutcome | Promise<never>)[] = [
    new Promise<never>(() => undefined),
    { kind: "busy", reason: "half of it", delivered: [0, 2] },
    { kind: "delivered" },
  ];
  /** One of ours: it gets the records themselves, and makes each snapshot when its turn comes. */
  class Ours extends LazyExporter {
    constructor() {
      super({}, "ours", async () => ({
        exportEach: async (batch) => {
          lists.push(batch);
          return answers[lists.length - 1]!;
        },
        export: async () => ({ kind: "delivered" }),
        close: async () => undefined,
      }));
    }
  }
  const clock = new ManualClock();
  const tracer = new Tracer({
    exporters: [new Ours()],
    redaction: false,
    delivery: { attemptTimeoutMs: 1_000 },
    clock,
    logger: new RecordingLogger(),
  });
  const names = ["a", "b", "c", "d"];
  for (const name of names) tracer.startTrace().startSpan(name).end();
  await clock.advance(60_000);
  const namesIn = (list: readonly RecordSource[]) => list.map((source) => source.toRecord().toSnapshot().name);
  expect(lists.map(namesIn)).toEqual([names, names, ["b", "d"]]);
  expect(tracer.stats().lanes.ours).toMatchObject({ delivered: 4 });
});
