import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue, plainSnapshot, spanSnapshot } from "../testing/arbitraries.ts";
import { type DecodedNativeBatch, decodeNativeBatch, encodeNativeBatch, NATIVE_FORMAT } from "./native.ts";

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
          batch: { producer, snapshots, rejected: [] },
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

describe("a hostile body", () => {
  test.each<[why: string, body: unknown, message: string]>([
    ["no object", "x", "a batch must be an object"],
    ["another format", { format: "everspan/2", spans: [] }, "format must be"],
    ["no spans", { format: NATIVE_FORMAT }, "spans must be an array"],
    ["too many spans", { format: NATIVE_FORMAT, spans: Array(10_001).fill(0) }, "at most 10000"],
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

  test("never makes the decoder throw", () => {
    const batch = fc.record(
      { format: fc.constant(NATIVE_FORMAT), spans: fc.array(jsonValue), blobs: jsonValue },
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
      { id: plainSnapshot().id, reason: "input is nested too deeply" },
    ]);
  });
});
