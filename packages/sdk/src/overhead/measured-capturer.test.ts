import { ManualClock, RecordingLogger } from "@everspan/testkit";
import { expect, test, vi } from "vitest";
import { bytesOf, CaptureMemory, forgetRemembered, type JsonNode, rememberedBytes, toJson } from "../capture/index.ts";
import { Diagnostics } from "../contract/diagnostics.ts";
import { ownTime } from "../contract/own-time.ts";
import { HEAP_LIMIT_BYTES } from "./heap-limit.ts";
import { type PayloadCapturer, payloadCapturer } from "./measured-capturer.ts";
import { resolveOverheadBudget } from "./overhead-budget.ts";

const SMALL = 600;
const LARGE = 5_000;
const LEFT_OUT = "[Truncated: over the overhead budget]";

/** A clock that counts how often it is read. */
class CountedClock extends ManualClock {
  readings = 0;

  override monotonicMs(): number {
    this.readings += 1;
    return super.monotonicMs();
  }
}

async function capturerWith(loopShare?: number, heapShare?: number) {
  const clock = new CountedClock();
  const logger = new RecordingLogger();
  const pipeline = { heldBytes: 0 };
  const { overheadBudget } = resolveOverheadBudget({ loopShare, heapShare });
  const diagnostics = new Diagnostics(logger);
  const capturer = payloadCapturer({ overheadBudget, clock, diagnostics, pipeline }) as Required<PayloadCapturer>;
  await vi.dynamicImportSettled();
  /** A record takes this long. */
  const record = (bytes: number, tookMs = 0) => {
    const startedMs = clock.monotonicMs();
    clock.freezeFor(tookMs);
    const { readings } = clock;
    capturer.recorded(bytes, startedMs);
    return clock.readings - readings;
  };
  /** Passes a budget of 1 % of the loop: 50 ms of a window. */
  const degrade = () => {
    clock.freezeFor(1_000);
    record(LARGE, 51);
  };
  return { capturer, clock, logger, pipeline, record, degrade };
}

function recordingMsOf(run: () => void): number {
  const before = ownTime.recordingMs;
  run();
  return Math.round((ownTime.recordingMs - before) * 1e6) / 1e6;
}

test("a large record costs one reading of the clock, of small ones every seventeenth does and counts for all", async () => {
  const { record } = await capturerWith();
  expect(record(LARGE)).toBe(1);
  let readings = 0;
  const countedMs = recordingMsOf(() => {
    for (let i = 0; i < 34; i++) readings += record(SMALL, 0.01);
  });
  expect(readings).toBe(2);
  expect(countedMs).toBe(0.34);
  expect(recordingMsOf(() => record(LARGE, 3))).toBe(3);
});

test("a pause in a small record counts once, and the next ones are measured one by one", async () => {
  const { record } = await capturerWith();
  const before = recordingMsOf(() => {
    for (let i = 0; i < 16; i++) record(SMALL, 0.01);
  });
  expect(before).toBe(0);
  expect(recordingMsOf(() => record(SMALL, 20))).toBe(20);
  let readings = 0;
  const countedMs = recordingMsOf(() => {
    for (let i = 0; i < 17; i++) readings += record(SMALL, 0.5);
  });
  expect([readings, countedMs]).toEqual([17, 8.5]);
  expect(record(SMALL, 0.5)).toBe(0);
});

test("small records that are all slow are all counted", async () => {
  const { record } = await capturerWith();
  const countedMs = recordingMsOf(() => {
    for (let i = 0; i < 1_000; i++) record(SMALL, 2);
  });
  expect(countedMs).toBe(2 * (1_000 - 16));
});

test("a clock that goes back takes nothing off", async () => {
  const { record } = await capturerWith();
  expect(recordingMsOf(() => record(LARGE, -5))).toBe(0);
});

/** What a capture gives in plain form, and how many bytes it says that it cut. */
function captured(capturer: PayloadCapturer, value: unknown, isContent: boolean) {
  const node = capturer.capture(value, undefined, isContent);
  return { value: node === undefined ? undefined : toJson(node), isCut: capturer.truncatedBytes > 0, node };
}

test("first payloads become previews, then inputs and outputs are left out; each is marked and counted", async () => {
  const { capturer, degrade } = await capturerWith(0.01);
  const payload = { question: "?".repeat(5_000), list: Array.from({ length: 2_000 }, (_, i) => i) };
  expect(captured(capturer, payload, true)).toMatchObject({ value: payload, isCut: false });

  degrade();
  const preview = captured(capturer, payload, true);
  const { question, list } = preview.value as { question: string; list: unknown[] };
  expect(question).toBe(`${"?".repeat(1_024)}… [Truncated: 5000 characters]`);
  expect(list.at(-1)).toMatch(/^\[Truncated: \d+ items\]$/);
  expect(preview.isCut).toBe(true);
  expect(bytesOf(preview.node as JsonNode)).toBeLessThan(10_000);
  expect(captured(capturer, { short: "as it is" }, true)).toMatchObject({ value: { short: "as it is" }, isCut: false });
  expect(capturer.overhead).toMatchObject({
    level: "previews",
    passed: "loopShare",
    degradedPayloads: { previews: 1, structure: 0 },
  });

  degrade();
  for (const value of ["text", payload, [], () => 1]) {
    expect(captured(capturer, value, true)).toMatchObject({ value: LEFT_OUT, isCut: true });
  }
  for (const value of [7, true, null]) expect(captured(capturer, value, true)).toMatchObject({ value, isCut: false });
  expect(captured(capturer, undefined, true).value).toBeUndefined();
  const usage = { usage: { input_tokens: 7 }, model: "m" };
  expect(captured(capturer, usage, false)).toMatchObject({ value: usage, isCut: false });
  expect(capturer.overhead).toMatchObject({ level: "structure", degradedPayloads: { previews: 1, structure: 4 } });
});

test("a payload that is left out is not read", async () => {
  const { capturer, degrade } = await capturerWith(0.01);
  degrade();
  degrade();
  let reads = 0;
  const payload = {
    get secret() {
      reads += 1;
      return "s";
    },
  };
  expect(captured(capturer, payload, true).value).toBe(LEFT_OUT);
  expect(reads).toBe(0);
});

test("a preview costs the same whatever the payload's size", async () => {
  const { capturer, degrade } = await capturerWith(0.01);
  degrade();
  const counting = (length: number) => {
    let reads = 0;
    const source = Array.from({ length }, (_, i) => ({ text: `${i}` }));
    const payload = new Proxy(source, {
      get: (target, name) => {
        reads += 1;
        return Reflect.get(target, name);
      },
    });
    capturer.capture([payload], undefined, true);
    return reads;
  };
  expect(counting(100_000)).toBe(counting(1_000));
});

test("what is held counts against the heap; passing its budget lets go of what is only remembered", async () => {
  const { capturer, clock, pipeline, record } = await capturerWith(undefined, 0.5);
  forgetRemembered();
  const memory = new CaptureMemory();
  capturer.capture({ messages: [{ content: "x".repeat(2_000) }] }, memory, true);
  const remembered = rememberedBytes();
  expect(remembered).toBeGreaterThan(2_000);
  expect(capturer.overhead.heapShare).toBe(remembered / HEAP_LIMIT_BYTES);
  pipeline.heldBytes = HEAP_LIMIT_BYTES;
  record(LARGE);
  expect(capturer.overhead).toMatchObject({ level: "previews", passed: "heapShare", heapShare: 1 });
  expect(rememberedBytes()).toBe(0);
  pipeline.heldBytes = 0;
  clock.freezeFor(15_000);
  expect(capturer.overhead).toMatchObject({ level: "full", heapShare: 0 });
});

test("a change is said once, with the budget that was passed and not what was captured", async () => {
  const { capturer, clock, logger, degrade } = await capturerWith(0.01);
  degrade();
  degrade();
  degrade();
  clock.freezeFor(15_000);
  expect(capturer.overhead.level).toBe("previews");
  expect(logger.lines).toEqual([
    "everspan: overhead: the SDK took more than 0.01 of the event loop: payloads are cut to previews",
    "everspan: overhead: the SDK took more than 0.01 of the event loop: inputs and outputs are left out",
    "everspan: overhead: payloads are cut to previews again",
  ]);
});
