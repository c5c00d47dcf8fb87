/** An OTLP request, written in slices: a few spans at a time, each lot with its resource, which OTLP allows. */
import { type SpanSnapshot, toOtlpJson, toOtlpProto } from "@everspan/protocol";
import type { BodyWriter } from "./body-writer.ts";
import { type JsonEncoder, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { isStepped, jsonTextSteps } from "./json-text-steps.ts";

/** Enough to share a resource; with 50 KB prompts a lot is about one slice. */
const LOT_SPANS = 8;
/** The codec turns each payload into JSON text before the writer sees it. */
const CODEC_WORK = 2;

export function* otlpJsonBatch(ended: readonly SpanSnapshot[], out: BodyWriter, encoder: JsonEncoder): Steps {
  let separator = '{"resourceSpans":[';
  for (const lot of lotsOf(ended)) {
    const texts = yield* largeTexts(lot, out);
    const before = out.work;
    for (const resourceSpans of toOtlpJson(lot, undefined, texts).resourceSpans) {
      out.text(separator);
      separator = ",";
      const steps = encoder.write(resourceSpans, out);
      if (steps !== undefined) yield* steps;
    }
    out.work += Math.max(0, out.work - before) * CODEC_WORK;
    if (out.work >= SLICE_BYTES) yield;
  }
  out.text(separator === "," ? "]}" : '{"resourceSpans":[]}');
}

/** Protobuf messages written one after the other are one message with all their repeated fields. */
export function* otlpProtoBatch(ended: readonly SpanSnapshot[], out: BodyWriter): Steps {
  for (const lot of lotsOf(ended)) {
    const bytes = toOtlpProto(lot, yield* largeTexts(lot, out));
    out.bytes(bytes);
    out.work += bytes.length * CODEC_WORK;
    if (out.work >= SLICE_BYTES) yield;
  }
}

/** The texts of large payloads, made in steps before the codec asks for them. */
function* largeTexts(lot: readonly SpanSnapshot[], out: BodyWriter): Generator<void, (payload: unknown) => string> {
  const texts = new Map<unknown, string>();
  for (const { input, output, data } of lot) {
    for (const payload of [input, output, data]) {
      if (isStepped(payload)) texts.set(payload, yield* jsonTextSteps(payload, out));
    }
  }
  return (payload) => texts.get(payload) ?? JSON.stringify(payload);
}

function* lotsOf(ended: readonly SpanSnapshot[]): Generator<readonly SpanSnapshot[]> {
  for (let i = 0; i < ended.length; i += LOT_SPANS) yield ended.slice(i, i + LOT_SPANS);
}
