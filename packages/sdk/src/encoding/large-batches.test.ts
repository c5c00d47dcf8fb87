/** However large a payload is and whatever it is made of, one step of its encoding does a bounded amount of work. */
import { type SpanSnapshot, toOtlpJson } from "@everspan/protocol";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Capturer, toJson } from "../capture/index.ts";
import { ended } from "../exporters/testing/snapshots.ts";
import { BodyWriter } from "./body-writer.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { nativeBatch } from "./native-batch.ts";
import { otlpJsonBatch } from "./otlp-batch.ts";

/** A native call costs as much as encoding this many characters, and more than that of them is a step too long. */
const CALL_CHARACTERS = 100;
const MOST_OF_A_STEP = 2 * SLICE_BYTES;

const plain = (value: unknown) => toJson(new Capturer().capture(value)!);

const PAYLOADS: readonly (readonly [string, unknown])[] = [
  ["rows of 20 characters", { rows: Array.from({ length: 60_000 }, (_, i) => ({ text: `row number ${i}` })) }],
  ["rows of 1,000 characters", Array.from({ length: 4_000 }, (_, i) => ({ text: `${i} `.padEnd(1_000, "word ") }))],
  ["numbers", { series: Array.from({ length: 150_000 }, (_, i) => i) }],
  ["an object of many texts", Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`k${i}`, `${i}`.repeat(9)]))],
  ["one text", { text: "a word and é ".repeat(80_000) }],
  ["an image", { image: `data:image/png;base64,${"iVBORw0K".repeat(500_000)}` }],
];

afterEach(() => {
  vi.restoreAllMocks();
});

/** The most that one step did, by what it asked of `JSON.stringify` and what it wrote. */
function mostOf(steps: Steps | undefined, out: BodyWriter): number {
  const { stringify } = JSON;
  let done = 0;
  vi.spyOn(JSON, "stringify").mockImplementation((...args: Parameters<typeof stringify>) => {
    const text = stringify(...args);
    done += CALL_CHARACTERS + (text?.length ?? 0);
    return text;
  });
  let most = 0;
  for (;;) {
    const step = steps?.next();
    most = Math.max(most, done);
    if (step?.done !== false) return most;
    done = 0;
    out.work = 0;
  }
}

function bytesOf(out: BodyWriter): string {
  return Buffer.concat(out.finish().pieces as Uint8Array[]).toString();
}

describe.each(PAYLOADS)("%s", (_name, payload) => {
  test("as JSON", () => {
    const value = plain(payload);
    const out = new BodyWriter(new ChunkPool());
    expect(mostOf(new JsonEncoder().write(value, out), out)).toBeLessThan(MOST_OF_A_STEP);
    vi.restoreAllMocks();
    expect(bytesOf(out) === JSON.stringify(value)).toBe(true);
  });

  test("as a batch for the collector", () => {
    const snapshots: SpanSnapshot[] = [ended({ output: plain(payload) })];
    const out = new BodyWriter(new ChunkPool());
    expect(mostOf(nativeBatch(snapshots, out, { isKept: () => false }), out)).toBeLessThan(MOST_OF_A_STEP);
  });

  test("as a batch of OTLP's JSON", () => {
    const snapshot = ended({ output: plain(payload) });
    const out = new BodyWriter(new ChunkPool());
    expect(mostOf(otlpJsonBatch([snapshot], out, new JsonEncoder()), out)).toBeLessThan(MOST_OF_A_STEP);
    vi.restoreAllMocks();
    expect(bytesOf(out) === JSON.stringify(toOtlpJson([snapshot]))).toBe(true);
  });
});
