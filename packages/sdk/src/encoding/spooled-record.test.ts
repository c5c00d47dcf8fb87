import { describe, expect, test } from "vitest";
import { CaptureMemory, Capturer } from "../capture/index.ts";
import { SpanRecord } from "../delivery/span-record.ts";
import { interrupted, RecordDecoder, RecordEncoder } from "./spooled-record.ts";

const FIELDS = {
  phase: "ended",
  revision: 2,
  traceId: "t",
  id: "s",
  parentId: undefined,
  taskId: undefined,
  name: "n",
  type: "COMPLETION",
  startMicros: 1_000_000,
  endMicros: 2_000_000,
  status: "OK",
  error: undefined,
  output: undefined,
  data: undefined,
  service: { name: "app" },
  obs: undefined,
} as const;

function recorder() {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  return (input: unknown) => new SpanRecord({ ...FIELDS, input: capturer.capture(input, memory) });
}

function blobMap(blobs: ReturnType<RecordEncoder["encode"]>["blobs"]): Map<string, Uint8Array> {
  return new Map(blobs.map(({ hash, bytes }) => [hash, typeof bytes === "function" ? bytes() : bytes]));
}

describe("a record on disk", () => {
  test.each([
    ["a number", 1.5],
    ["nothing", undefined],
    ["a string that looks like a reference", `\u0001b${"0".repeat(32)}`],
    ["an array whose first item looks like a continuation", [`\u0001+${"0".repeat(32)}`, 1]],
    ["a large string", "ü".repeat(5_000)],
    ["half a surrogate pair", `\ud800${"x".repeat(300)}`],
    ["an own __proto__", JSON.parse(`{"__proto__": {"a": 1}, "b": "${"y".repeat(400)}"}`)],
    ["nested objects", { a: { b: [{ c: "z".repeat(300) }, { c: "z".repeat(300) }], d: null, e: true } }],
    ["an empty array", []],
  ])("comes back as it was: %s", (_, input) => {
    const record = recorder()(input);
    const { head, blobs } = new RecordEncoder().encode(record);
    expect(new RecordDecoder().decode(head, blobMap(blobs))?.toSnapshot()).toEqual(record.toSnapshot());
  });

  test("a conversation costs its distinct bytes, and comes back whole at each step", () => {
    const record = recorder();
    const encoder = new RecordEncoder();
    const decoder = new RecordDecoder();
    const known = new Map<string, Uint8Array>();
    const messages: { role: string; content: string }[] = [];
    let distinctBytes = 0;
    let headBytes = 0;
    for (let step = 0; step < 200; step++) {
      const content = `${step} ${"word ".repeat(200)}`;
      distinctBytes += content.length;
      messages.push({ role: "user", content });
      const { head, blobs } = encoder.encode(record({ messages }));
      headBytes += head.length;
      for (const [hash, bytes] of blobMap(blobs)) known.set(hash, bytes);
      expect(decoder.decode(head, known)?.toSnapshot().input).toEqual({ messages });
    }
    const blobBytes = [...known.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect((blobBytes + headBytes) / distinctBytes).toBeLessThan(1.6);
  });

  test("says what corruption took of its payload, and keeps the rest", () => {
    const { head } = new RecordEncoder().encode(recorder()({ lost: "x".repeat(300), kept: 1 }));
    const input = new RecordDecoder().decode(head, new Map())?.toSnapshot().input;
    expect(input).toEqual({ lost: "[Lost: damaged on disk]", kept: 1 });
  });

  test("bytes that are no record are none", () => {
    const decoder = new RecordDecoder();
    for (const text of ["", "{}", "null", "[1]", '{"phase":"ended"}', "\u0000\u0001"]) {
      expect(decoder.decode(Buffer.from(text), new Map())).toBeUndefined();
    }
  });

  test("an interrupted span ends at the last sign of life, and not before its start", () => {
    const started = new SpanRecord({
      ...FIELDS,
      phase: "started",
      revision: 0,
      endMicros: undefined,
      input: undefined,
    });
    expect(interrupted(started, 5_000)).toMatchObject({
      phase: "ended",
      status: "ERROR",
      error: { type: "Interrupted" },
      endMicros: 5_000_000,
    });
    expect(interrupted(started, 0).endMicros).toBe(started.startMicros);
  });
});
