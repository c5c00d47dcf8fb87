import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue, plainSnapshot, spanSnapshot } from "../../testing/arbitraries.ts";
import {
  type DecodedNativeBatch,
  decodeNativeBatch,
  encodeNativeBatch,
  NATIVE_FORMAT,
  NATIVE_FORMAT_2,
} from "./native.ts";

const nameBlob = (encoded: string) => createHash("sha256").update(encoded).digest("hex").slice(0, 32);

const producer = { id: "0".repeat(32), batch: 3, firstSeq: 10, lastSeq: 12, openSpans: 2 };

function batchOf(decoded: DecodedNativeBatch) {
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.batch;
}

describe("a batch", () => {
  test("gives back exactly the snapshots that went in", () => {
    fc.assert(
      fc.property(fc.array(spanSnapshot, { maxLength: 5 }), (snapshots) => {
        const text = encodeNativeBatch(snapshots, { nameBlob, producer, thresholdBytes: 20 });
        expect(decodeNativeBatch(JSON.parse(text), nameBlob)).toEqual({
          ok: true,
          batch: { producer, snapshots, rejected: [], blobs: expect.any(Map) as unknown },
        });
      }),
    );
  });

  test("holds a prompt once that a hundred spans share", () => {
    const prompt = "You are a helpful assistant. ".repeat(1000);
    const snapshots = Array.from({ length: 100 }, (_, i) =>
      plainSnapshot({ id: `s${i}`, input: { system: prompt, i } }),
    );
    const text = encodeNativeBatch(snapshots, { nameBlob });
    expect(text.split(prompt)).toHaveLength(2);
    expect(batchOf(decodeNativeBatch(JSON.parse(text), nameBlob)).snapshots[99]?.input).toEqual({
      system: prompt,
      i: 99,
    });
  });

  test("loses only its bad spans, and says which and why", () => {
    const missing = `{"$blob":"${"a".repeat(32)}"}`;
    const body = {
      format: NATIVE_FORMAT,
      blobs: {},
      spans: [
        plainSnapshot(),
        7,
        { ...plainSnapshot({ id: "b" }), name: 1 },
        { ...plainSnapshot({ id: "c" }), input: JSON.parse(missing) as unknown },
      ],
    };
    const { snapshots, rejected } = batchOf(decodeNativeBatch(body, nameBlob));
    expect(snapshots).toEqual([plainSnapshot()]);
    expect(rejected).toEqual([
      { id: "", reason: "a span must be an object, got a number" },
      { id: "b", reason: "name must be a string, got a number" },
      { id: "c", reason: `input: blob ${"a".repeat(32)} is not in the batch` },
    ]);
  });

  test("can't give a blob another's name", () => {
    const name = nameBlob(JSON.stringify("what was said"));
    const body = {
      format: NATIVE_FORMAT,
      blobs: { [name]: "what was not said" },
      spans: [plainSnapshot({ input: { $blob: name } })],
    };
    expect(batchOf(decodeNativeBatch(body, nameBlob))).toMatchObject({
      snapshots: [],
      rejected: [{ id: plainSnapshot().id }],
    });
  });
});

describe("a batch that leaves out what the collector keeps", () => {
  const prompt = "You are a helpful assistant. ".repeat(100);
  const spanWith = (input: unknown) => plainSnapshot({ input });
  const decode = (text: string, kept?: Map<string, unknown>) => decodeNativeBatch(JSON.parse(text), nameBlob, kept);
  /** What a collector keeps of batches. */
  function keep(kept: Map<string, unknown>, decoded: DecodedNativeBatch): void {
    for (const [name, { content }] of batchOf(decoded).blobs) kept.set(name, content);
  }

  test("gives back exactly the snapshots that went in, whatever was sent before", () => {
    fc.assert(
      fc.property(fc.array(fc.array(spanSnapshot, { maxLength: 4 }), { maxLength: 4 }), (batches) => {
        const kept = new Map<string, unknown>();
        for (const snapshots of [...batches, ...batches]) {
          const isKept = (name: string) => kept.has(name);
          const decoded = decode(encodeNativeBatch(snapshots, { nameBlob, isKept, thresholdBytes: 20 }), kept);
          expect(batchOf(decoded)).toMatchObject({ snapshots, rejected: [] });
          keep(kept, decoded);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("is refused as a whole when one name is unknown, and says which", () => {
    const text = encodeNativeBatch([spanWith("small"), spanWith(prompt)], { nameBlob, isKept: () => true });
    expect(decode(text)).toEqual({
      ok: false,
      status: 409,
      code: "UNKNOWN_BLOBS",
      message: expect.stringContaining(nameBlob(JSON.stringify(prompt))) as string,
    });
  });

  test("counts a blob under a false name as unknown", () => {
    const name = nameBlob(JSON.stringify(prompt));
    const body = { format: NATIVE_FORMAT_2, blobs: { [name]: "another" }, spans: [spanWith({ $blob: name })] };
    expect(decodeNativeBatch(body, nameBlob)).toMatchObject({ ok: false, code: "UNKNOWN_BLOBS" });
  });

  test("has to be of version 2: in version 1 nothing is kept, and a missing blob costs its span", () => {
    const kept = new Map<string, unknown>([[nameBlob(JSON.stringify(prompt)), prompt]]);
    const text = encodeNativeBatch([spanWith(prompt)], { nameBlob, isKept: () => true });
    expect(batchOf(decode(text, kept)).snapshots).toHaveLength(1);
    expect(batchOf(decode(text.replace(NATIVE_FORMAT_2, NATIVE_FORMAT), kept)).rejected).toHaveLength(1);
  });

  test("with arrays of more items than memory has room for is answered so that the sender splits it", () => {
    const items = Array(4_096).fill(0) as unknown[];
    const run = nameBlob(JSON.stringify(items));
    const arrays = Array.from({ length: 3_000 }, (_, i) => [i, { $blob: `+${run}` }]);
    const body = { format: NATIVE_FORMAT_2, blobs: { [run]: items }, spans: arrays.map(spanWith) };
    expect(decodeNativeBatch(body, nameBlob)).toMatchObject({ ok: false, status: 413 });
  });
});

describe("a hostile body", () => {
  test.each<[why: string, body: unknown, message: string]>([
    ["no object", "x", "a batch must be an object"],
    ["another format", { format: "everspan/3", spans: [] }, "format must be"],
    ["no spans", { format: NATIVE_FORMAT }, "spans must be an array"],
    ["blobs in a list", { format: NATIVE_FORMAT, spans: [], blobs: [] }, "blobs must be an object"],
    ["half a producer", { format: NATIVE_FORMAT, spans: [], producer: { id: "p" } }, "producer.id must be"],
    [
      "numbers that end before they begin",
      { format: NATIVE_FORMAT, spans: [], producer: { ...producer, lastSeq: 9 } },
      "producer.firstSeq must be",
    ],
  ])("with %s is refused in words", (_why, body, message) => {
    expect(decodeNativeBatch(body, nameBlob)).toMatchObject({
      ok: false,
      status: 422,
      message: expect.stringContaining(message) as string,
    });
  });

  test("with too many spans is answered so that the sender splits it", () => {
    const body = { format: NATIVE_FORMAT, spans: Array(10_001).fill(0) };
    expect(decodeNativeBatch(body, nameBlob)).toMatchObject({ ok: false, status: 413 });
  });

  test("never makes the decoder throw", () => {
    const batch = fc.record(
      { format: fc.constantFrom(NATIVE_FORMAT, NATIVE_FORMAT_2), spans: fc.array(jsonValue), blobs: jsonValue },
      { requiredKeys: ["format"] },
    );
    fc.assert(
      fc.property(fc.oneof(jsonValue, batch), (body) => {
        expect(decodeNativeBatch(body, nameBlob).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 300 },
    );
  });

  test("with a payload nested 100,000 times is rejected, not walked", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) as unknown;
    const body = { format: NATIVE_FORMAT, spans: [{ ...plainSnapshot(), input: deep }], blobs: { x: deep } };
    expect(batchOf(decodeNativeBatch(body, nameBlob)).rejected).toEqual([
      { id: plainSnapshot().id, reason: "input is nested too deeply: more than 128 containers" },
    ]);
  });
});

test("as many spans as there may be are looked at, and the numbers of their records begin at 0 and end where they are said to", () => {
  const spans = Array(10_000).fill(0) as unknown[];
  expect(batchOf(decodeNativeBatch({ format: NATIVE_FORMAT, spans }, nameBlob)).rejected).toHaveLength(10_000);
  const withNumbers = (firstSeq: unknown) =>
    decodeNativeBatch({ format: NATIVE_FORMAT, spans: [], producer: { ...producer, firstSeq } }, nameBlob).ok;
  expect([0, 10, 12].map(withNumbers)).toEqual([true, true, true]);
  expect([-1, 13, 1.5, "10", undefined].map(withNumbers)).toEqual(Array(5).fill(false));
});

test("a span that can't be read is named by the beginning of its id", () => {
  const body = { format: NATIVE_FORMAT, spans: [{ id: "x".repeat(300) }] };
  expect(batchOf(decodeNativeBatch(body, nameBlob)).rejected[0]!.id).toBe("x".repeat(256));
});
