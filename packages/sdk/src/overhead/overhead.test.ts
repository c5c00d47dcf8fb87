/** What a budget changes in the spans that arrive, and that it changes nothing else. */
import { CrashChild, ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Tracer } from "../recording/tracer.ts";

const LEFT_OUT = "[Truncated: over the overhead budget]";
const LEVELS = ["full", "previews", "structure"];

/** A tracer whose captures take as long as the test says, and whose budget is kept: the code for it is loaded. */
async function tracerWith(loopShare: number | undefined) {
  const clock = new ManualClock();
  const exporter = new RecordingExporter();
  const tracer = new Tracer({
    exporters: [exporter],
    clock,
    logger: new RecordingLogger(),
    overheadBudget: { loopShare },
  });
  await vi.dynamicImportSettled();
  const slow = (takesMs: number) => ({
    texts: Array.from({ length: 6 }, () => "x".repeat(1_000)),
    get slow() {
      clock.freezeFor(takesMs);
      return "read";
    },
  });
  return { exporter, tracer, clock, slow };
}

test("a tracer tells what it takes, and without a budget captures everything whole", async () => {
  const { tracer, clock, slow } = await tracerWith(undefined);
  clock.freezeFor(1_000);
  tracer
    .startTrace()
    .startSpan("x", { input: slow(1_000) })
    .end();
  const { overhead } = tracer.stats();
  expect(overhead).toMatchObject({ level: "full", degradedPayloads: { previews: 0, structure: 0 } });
  expect(overhead?.loopShare).toBeCloseTo(0.5, 2);
  expect(overhead?.heapShare).toBeGreaterThan(0);
});

test("an END that becomes of its START in the queue is measured as any", async () => {
  const { tracer, clock, slow } = await tracerWith(undefined);
  const span = tracer.startTrace().startSpan("x");
  clock.freezeFor(1_000);
  span.output = slow(1_000);
  span.end();
  expect(tracer.stats().overhead?.loopShare).toBeCloseTo(0.5, 2);
});

test("what is given up is marked in the span; names, times, status, error and usage stay", async () => {
  const { exporter, tracer, clock, slow } = await tracerWith(0.01);
  const trace = tracer.startTrace();
  for (const level of LEVELS) {
    const span = trace.startSpan(level, { type: "COMPLETION", input: { messages: ["m".repeat(5_000)] } });
    span.setData({ usage: { input_tokens: 7 } }).recordError(new Error("mine"));
    span.output = "o".repeat(5_000);
    clock.freezeFor(2_000);
    span.end();
    trace.startSpan("dear", { input: slow(60) }).end();
  }
  const flushed = tracer.flush();
  await clock.advance(1_000);
  await flushed;
  const [full, previews, structure] = LEVELS.map((level) => exporter.named(level)!);
  const common = {
    phase: "ended",
    type: "COMPLETION",
    status: "ERROR",
    error: { type: "Error", message: "mine" },
    data: { usage: { input_tokens: 7 } },
  };
  for (const [snapshot, startMs] of [
    [full, 0],
    [previews, 2_060],
    [structure, 4_120],
  ] as const) {
    expect(snapshot).toMatchObject(common);
    expect(Date.parse(snapshot!.startTime) - Date.parse("2026-01-31T12:00:00.000Z")).toBe(startMs);
    expect(Date.parse(snapshot!.endTime!) - Date.parse(snapshot!.startTime)).toBe(2_000);
  }
  expect(full).toMatchObject({ input: { messages: ["m".repeat(5_000)] }, output: "o".repeat(5_000) });
  expect(previews).toMatchObject({
    input: { messages: [expect.stringMatching(/^m{1024}… \[Truncated: 5000 characters\]$/)] },
    output: expect.stringMatching(/^o{1024}… \[Truncated: 5000 characters\]$/),
  });
  expect(structure).toMatchObject({ input: LEFT_OUT, output: LEFT_OUT });
  const stats = tracer.stats();
  expect(stats.overhead?.level).toBe("structure");
  const { degradedPayloads } = stats.overhead!;
  expect(stats.truncatedPayloads).toBe(degradedPayloads.previews + degradedPayloads.structure);
});

/** A span: how large its payloads are, how long they take to read, how long it lasts. */
const spans = fc.array(
  fc.record({
    characters: fc.constantFrom(0, 10, 5_000),
    takesMs: fc.constantFrom(0, 1, 30, 200),
    lastsMs: fc.constantFrom(0, 10, 2_000, 20_000),
  }),
  { maxLength: 40 },
);

test("whatever the level, each span that was recorded arrives, whole or with marks that are counted", async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(spans, async (list) => {
      const { exporter, tracer, clock, slow } = await tracerWith(0.005);
      const trace = tracer.startTrace();
      const outputs = new Map<string, unknown>();
      for (const { characters, takesMs, lastsMs } of list) {
        const span = trace.startSpan("x", { input: slow(takesMs) });
        span.output = { text: "y".repeat(characters) };
        outputs.set(span.id, span.output);
        clock.freezeFor(lastsMs);
        span.end();
        met.add(tracer.stats().overhead!.level);
      }
      const flushed = tracer.flush();
      await clock.advance(1_000);
      expect(await flushed).toMatchObject({ ok: true });
      const arrived = new Map(exporter.snapshots.map((snapshot) => [snapshot.id, snapshot]));
      expect([...arrived.keys()].toSorted()).toEqual([...outputs.keys()].toSorted());
      const { lanes, truncatedPayloads, overhead } = tracer.stats();
      const { created, delivered, coalesced } = lanes.recording!;
      expect([created, delivered + coalesced]).toEqual([2 * list.length, 2 * list.length]);
      const { previews, structure } = overhead!.degradedPayloads;
      expect(truncatedPayloads).toBe(previews + structure);
      let marked = 0;
      for (const [id, { phase, output, input }] of arrived) {
        expect(phase).toBe("ended");
        if (JSON.stringify(input).includes("[Truncated: ")) marked += 1;
        if (JSON.stringify(output).includes("[Truncated: ")) marked += 1;
        else expect(output).toEqual(outputs.get(id));
      }
      expect(marked).toBe(truncatedPayloads);
    }),
    { numRuns: 60, examples: [[Array.from({ length: 5 }, () => ({ characters: 10, takesMs: 200, lastsMs: 2_000 }))]] },
  );
  expect([...met].toSorted()).toEqual([...LEVELS].toSorted());
});

test("a program that captures much under a small budget gives up payloads, says so and loses nothing", async () => {
  const child = new CrashChild(new URL("overhead.fixture.ts", import.meta.url));
  expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
  const said = JSON.parse(child.lines.at(-1)!) as Record<string, unknown>;
  expect(said).toMatchObject({ ok: true, created: 400, lost: 0, level: "structure", passed: "loopShare" });
  expect(said.previews).toBeGreaterThan(0);
  expect(said.structure).toBeGreaterThan(0);
  expect(said.warnings).toEqual([
    expect.stringContaining("payloads are cut to previews"),
    expect.stringContaining("inputs and outputs are left out"),
  ]);
});
