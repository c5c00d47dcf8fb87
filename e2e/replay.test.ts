import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { StoredSpan } from "@everspan/protocol";
import { CollectorExporter, type LaneStats, Tracer } from "everspan";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTrajectory, replayTrajectory, type Trajectory } from "../examples/trajectory-replay/src/index.ts";
import { CollectorProcess, temporaryFolder } from "./collector-process.ts";
import { ABSENT_REASON, drawTrajectory, recordedRuns } from "./recorded-runs.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: folder.path });
});

afterAll(async () => {
  await collector.stop();
  await folder.remove();
});

async function replay(run: Trajectory): Promise<{ traceId: string; spans: number; lane: LaneStats; ok: boolean }> {
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url: collector.url })] });
  const { traceId, spans } = await replayTrajectory(tracer, run);
  const { ok } = await tracer.flush({ timeoutMs: 50_000 });
  await tracer.shutdown();
  return { traceId, spans, ok, lane: Object.values(tracer.stats().lanes)[0] as LaneStats };
}

/** A span's place in the recording: the run, or a step's model call or command. */
function arrange(spans: readonly StoredSpan[]) {
  const ofType = (type: string) =>
    spans.filter((span) => span.type === type).sort((a, b) => Number(a.data?.step) - Number(b.data?.step));
  return { runs: ofType("AGENT_WORKFLOW"), modelCalls: ofType("COMPLETION"), commands: ofType("CODE_EXECUTION") };
}

function sum(values: readonly unknown[]): number {
  return values.reduce<number>((total, value) => total + Number(value), 0);
}

const sources = [
  ["a drawn run", async () => drawTrajectory("drawn", 30)] as const,
  ...recordedRuns.map((file) => [basename(file), () => readFile(file, "utf8")] as const),
];

if (recordedRuns.length === 0) test("the recorded runs are replayed", ({ skip }) => skip(ABSENT_REASON));

describe.each(sources)("%s, replayed through the SDK into a running collector", (_, read) => {
  let run: Trajectory;
  let replayed: Awaited<ReturnType<typeof replay>>;
  let spans: readonly StoredSpan[];

  beforeAll(async () => {
    run = parseTrajectory(await read());
    replayed = await replay(run);
    spans = (await collector.readTrace(replayed.traceId)).spans;
  });

  test("is one span for the run and two for each step, all stored", () => {
    expect(replayed.spans).toBe(1 + 2 * run.steps.length);
    expect(spans).toHaveLength(replayed.spans);
    expect(new Set(spans.map((span) => span.id)).size).toBe(replayed.spans);
  });

  test("is accounted for to the last record, with nothing lost", () => {
    const { created, recovered, delivered, coalesced, dropped, pending } = replayed.lane;
    expect(replayed.ok).toBe(true);
    expect(sum(Object.values(dropped))).toBe(0);
    expect(sum(Object.values(pending))).toBe(0);
    expect(created + recovered).toBe(delivered + coalesced);
    expect(created).toBe(2 * replayed.spans);
  });

  test("has the tokens and the cost that the recording's replies add up to", async () => {
    const { trace } = await collector.readTrace(replayed.traceId);
    const usages = run.steps.map((step) => step.response.usage);
    expect(trace.inputTokens).toBe(sum(usages.map((usage) => usage.prompt_tokens)));
    expect(trace.outputTokens).toBe(sum(usages.map((usage) => usage.completion_tokens)));
    expect(trace.costUsd).toBeCloseTo(sum(run.steps.map((step) => step.costUsd)), 10);
    expect(sum(spans.map((span) => span.inputTokens ?? 0))).toBe(trace.inputTokens);
    expect(trace.models).toEqual([...new Set(run.steps.map((step) => step.response.model))]);
  });

  test("keeps every text of the conversation byte for byte, at each step", () => {
    const { modelCalls, commands } = arrange(spans);
    for (const [i, step] of run.steps.entries()) {
      expect(modelCalls[i]?.input).toEqual({ messages: run.messages.slice(0, step.historyLength) });
      expect(modelCalls[i]?.output).toEqual(step.reply);
    }
    const last = commands.at(-1)?.output as { output: string };
    expect(run.steps.at(-1)?.observation).toContain(last.output);
  });

  test("hangs every step under the run, in the run's time, no span ending before it began", () => {
    const { runs, modelCalls, commands } = arrange(spans);
    const [root] = runs as [StoredSpan];
    expect(runs).toHaveLength(1);
    expect(root.parentId ?? null).toBeNull();
    for (const span of [...modelCalls, ...commands]) {
      expect(span.parentId).toBe(root.id);
      expect([root.startTime, span.startTime, span.endTime, root.endTime].map(String)).toEqual(
        [root.startTime, span.startTime, span.endTime, root.endTime].map(String).sort(),
      );
    }
  });

  test("changes nothing when it is replayed a second time", async () => {
    const read = async () => JSON.stringify(await collector.readTrace(replayed.traceId));
    const [before, listed] = [await read(), (await collector.listTraces()).traces.length];
    const again = await replay(run);
    expect(again).toMatchObject({ ok: true, traceId: replayed.traceId, spans: replayed.spans });
    expect(await read()).toBe(before);
    expect((await collector.listTraces()).traces).toHaveLength(listed);
  });
});
