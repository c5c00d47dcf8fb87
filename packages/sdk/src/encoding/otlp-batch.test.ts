import { fromOtlpJson, fromOtlpProto, type SpanSnapshot } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import { BodyBuilder } from "./body-builder.ts";
import { BodyWriter } from "./body-writer.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { nativeBatch } from "./native-batch.ts";
import { otlpJsonBatch, otlpProtoBatch } from "./otlp-batch.ts";

const spans = (count: number, input = ""): SpanSnapshot[] =>
  Array.from({ length: count }, (_, i) => ({
    phase: "ended",
    revision: 2,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    id: String(i + 1).padStart(16, "0"),
    name: "work",
    type: "CUSTOM",
    status: "OK",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    input: `${input}${i}`,
    service: { name: i % 2 === 0 ? "even" : "odd" },
  }));

type Batch = (snapshots: readonly SpanSnapshot[], out: BodyWriter, encoder: JsonEncoder) => Steps;
const bytesOf = async (batch: Batch, snapshots: readonly SpanSnapshot[]) => {
  const body = await new BodyBuilder().compose((writer, encoder) => batch(snapshots, writer, encoder));
  return Buffer.concat(body.pieces as Uint8Array[]);
};

describe("an OTLP request of any number of spans has each of them once", () => {
  test.each([0, 1, 7, 8, 9, 16, 40])("%i", async (count) => {
    const expected = spans(count);
    const json = fromOtlpJson(JSON.parse((await bytesOf(otlpJsonBatch, expected)).toString()));
    const proto = fromOtlpProto(await bytesOf(otlpProtoBatch, expected));
    for (const decoded of [json, proto]) {
      if (!decoded.ok) throw new Error(decoded.message);
      expect([...decoded.snapshots].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
    }
  });
});

describe("a batch gives others their turn when a slice's worth was written, and not before:", () => {
  test.each<[what: string, batch: Batch]>([
    ["OTLP as JSON", otlpJsonBatch],
    ["OTLP as protobuf", otlpProtoBatch],
    ["Everspan's own", (snapshots, out) => nativeBatch(snapshots, out)],
  ])("%s", (_what, batch) => {
    const turnsOf = (snapshots: readonly SpanSnapshot[]) => {
      const out = new BodyWriter(new ChunkPool());
      let turns = 0;
      for (const _ of batch(snapshots, out, new JsonEncoder())) {
        expect(out.work).toBeGreaterThanOrEqual(SLICE_BYTES);
        out.work = 0;
        turns += 1;
      }
      return turns;
    };
    expect(turnsOf(spans(20))).toBe(0);
    expect(turnsOf(spans(64, "x".repeat(50_000)))).toBeGreaterThanOrEqual(8);
  });
});
