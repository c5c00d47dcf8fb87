import { type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import { ScriptedServer } from "@everspan/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrayNode, CaptureMemory, Capturer, objectNode } from "../../capture/index.ts";
import type { SpanRecord, SpanRecordFields } from "../../delivery/record/span-record.ts";
import { plainRecord } from "../../delivery/record/testing/plain-record.ts";
import { BodyWriter } from "../../encoding/body-writer.ts";
import { ChunkPool } from "../../encoding/chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES } from "../../encoding/json-encoder.ts";
import { ATTEMPT } from "../testing/snapshots.ts";
import { SgpExporter } from "./exporter.ts";
import { isFramed } from "./framed.ts";
import { ItemText } from "./item-text.ts";
import { checkForSgp } from "./preflight.ts";

const NOON = Date.UTC(2026, 0, 31, 12) * 1000;
const capturer = new Capturer();
const nodeOf = (value: unknown) => capturer.capture(value);

function recordOf(fields: Partial<SpanRecordFields> = {}): SpanRecord {
  return plainRecord({ startMicros: NOON, endMicros: NOON + 1, ...fields });
}

/** What is sent of it by way of a snapshot. */
function itemOf(record: SpanRecord): string {
  return JSON.stringify(toSgpItem(checkForSgp(record.toSnapshot(), []) as SpanSnapshot));
}

const hasAsciiOnly = (text: string) => Buffer.byteLength(text) === text.length;

describe("the text of a plain span's item is that of its snapshot's item:", () => {
  test.each<[what: string, fields: Partial<SpanRecordFields>]>([
    ["nothing but what every span has", {}],
    ["a span that runs", { phase: "started", revision: 0, endMicros: undefined }],
    ["a parent, a task", { parentId: "p", taskId: "task/1" }],
    ["who recorded it", { service: { name: "shop", version: "1" } }],
    ["who recorded it, beyond ASCII", { service: { name: "café" } }],
    ["payloads", { input: nodeOf({ query: "order 1", limit: 10 }), output: nodeOf({ answer: null, found: true }) }],
    ["payloads of nothing", { input: nodeOf({}), output: nodeOf({ a: [], b: {} }) }],
    ["a name with quotes", { name: 'say "hello"\n\\' }],
    ["a name beyond ASCII", { name: "naïve \u{1f600}" }],
    ["texts with what JSON escapes", { input: nodeOf({ text: '"\\\n\t\0\u007f\u2028', 'k"\u0001': 1 }) }],
    ["texts beyond ASCII", { input: nodeOf({ text: "naïve", messages: [{ text: "漢\u{1f600}" }] }) }],
    ["names of properties beyond ASCII", { input: nodeOf({ größe: 1 }) }],
    ["half of a pair", { output: nodeOf({ text: "a\ud83d", more: ["\ude00"] }) }],
    ["numbers", { input: nodeOf({ list: [0, -0, 1e21, -1.5e-7, 2 ** 53, 0.1] }) }],
    ["a conversation", { input: nodeOf({ messages: [{ role: "user", content: "hi" }, ["nested", [1]], null] }) }],
    ["a property of the name __proto__", { input: nodeOf(JSON.parse('{"__proto__":{"a":1}}')) }],
  ])("%s", (_what, fields) => {
    const texts = new ItemText(new JsonEncoder());
    const record = recordOf(fields);
    for (let again = 0; again < 2; again++) {
      expect(texts.of(record)).toBe(itemOf(record));
      expect(texts.isAscii).toBe(hasAsciiOnly(itemOf(record)));
    }
  });

  test("whatever its payloads are, and in whatever order spans come", () => {
    const texts = new ItemText(new JsonEncoder());
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "binary", maxLength: 12 }));
    const payload = fc.dictionary(text, fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(payload, payload, text, fc.boolean(), (input, output, name, isEnded) => {
        const times = isEnded ? { endMicros: NOON + 7 } : { endMicros: undefined };
        const phase = isEnded ? "ended" : "started";
        const record = recordOf({ input: nodeOf(input), output: nodeOf(output), name, phase, ...times });
        const json = texts.of(record);
        if (json === undefined) return;
        expect(JSON.parse(json)).toEqual(JSON.parse(itemOf(record)));
        expect(texts.isAscii).toBe(hasAsciiOnly(json));
      }),
    );
  });
});

test.each<[what: string, fields: Partial<SpanRecordFields>]>([
  ["a status", { status: "CANCELED" }],
  ["an error", { error: { type: "Error", message: "late" } }],
  ["data", { data: nodeOf({ a: 1 }) }],
  ["a trace of another kind", { obs: { traceId: "0".repeat(32), spanId: "0".repeat(16) } }],
  ["an input that is no object", { input: nodeOf("text") }],
  ["an output that is a list", { output: nodeOf(["a"]) }],
  ["an id with a quote", { id: 'a"b' }],
  ["an id with a NUL", { id: "nul\0" }],
  ["an empty id", { id: "" }],
  ["an id that may be too long", { id: "x".repeat(86) }],
  ["a trace's id beyond ASCII", { traceId: "é" }],
  ["a parent's id with a backslash", { parentId: "a\\b" }],
  ["a task with a space", { taskId: "a b" }],
  ["an empty task", { taskId: "" }],
  ["an end before the start", { endMicros: NOON - 1 }],
  ["a start in another age", { startMicros: Date.UTC(1699, 11, 31) * 1000 }],
  ["an end in another age", { endMicros: Date.UTC(2200, 0, 1) * 1000 }],
])("what needs more than a frame goes by way of its snapshot: %s", (_what, fields) => {
  expect(new ItemText(new JsonEncoder()).of(recordOf(fields))).toBeUndefined();
  expect(isFramed(recordOf(fields))).toBe(false);
});

describe("payloads of any size are written in steps, which say what the snapshot's item says:", () => {
  /** What the steps wrote; between two of them no more than a slice and a piece of it. */
  const written = (texts: ItemText, record: SpanRecord): string => {
    const out = new BodyWriter(new ChunkPool());
    for (const _ of texts.write(record, out) ?? []) {
      expect(out.work).toBeGreaterThanOrEqual(SLICE_BYTES);
      expect(out.work).toBeLessThan(SLICE_BYTES + 128 * 1024);
      out.work = 0;
    }
    expect(out.work).toBeLessThan(SLICE_BYTES + 128 * 1024);
    return Buffer.concat(out.finish().pieces as Uint8Array[]).toString();
  };
  const long = (length: number, unit = "x") => unit.repeat(length);

  test.each<[what: string, input: unknown, output: unknown]>([
    ["small ones", { text: "a" }, { text: "ü" }],
    ["none and an empty one", undefined, {}],
    ["just over a kilobyte", { text: long(1_024), more: 1 }, { text: long(1_020) }],
    ["a long text beyond ASCII, escapes in it", { text: long(3_000, 'ü"\n') }, { [long(1_100, "k")]: 1 }],
    ["half of a pair in a long text", { text: `${long(2_000)}\ud83d` }, { text: `\ude00${long(2_000)}` }],
    ["texts of megabytes", { a: long(900_000), b: long(300_000, "é"), c: ["t", long(700_000, "漢")] }, { ok: true }],
    ["a long list of small things", Array.from({ length: 30_000 }, (_, i) => ({ id: i, text: `item ${i}` })), {}],
    ["many properties", Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`größe ${i}`, long(40)])), {}],
    ["lists of lists, empty ones among them", { a: [[], [long(1_200)], [[]], {}], b: [] }, { c: [[[long(1_500)]]] }],
  ])("%s", (_what, input, output) => {
    const inputNode = nodeOf(Array.isArray(input) ? { list: input } : input);
    const record = recordOf({ input: inputNode, output: nodeOf(output), name: "naïve" });
    const texts = new ItemText(new JsonEncoder());
    // Again, and again: what comes the second time is kept, the third time it is taken from there.
    for (let times = 0; times < 3; times++) expect(written(texts, record) === itemOf(record)).toBe(true);
  });

  test("a conversation that grows, at each of its steps", () => {
    const texts = new ItemText(new JsonEncoder());
    const memory = new CaptureMemory();
    const messages: unknown[] = [];
    for (let step = 0; step < 30; step++) {
      const extra = step % 3 === 0 ? { tool_calls: [{ id: `${step}`, arguments: long(step * 40) }] } : {};
      messages.push({ role: "user", content: `${step} ${long(step * 50)}`, ...extra });
      for (const input of [{ model: "m", messages }, { messages: [] }]) {
        const record = recordOf({ input: capturer.capture(input, memory) });
        expect(written(texts, record) === itemOf(record)).toBe(true);
      }
    }
  });

  test("a list that continues another by nothing", () => {
    const earlier = new ArrayNode(undefined, [long(2_000)], 2_002);
    const list = new ArrayNode(new ArrayNode(earlier, [], 2_002), ["b"], 2_006);
    const record = recordOf({ input: objectNode(["list"], [list], 2_020) });
    expect(written(new ItemText(new JsonEncoder()), record) === itemOf(record)).toBe(true);
  });

  test("whatever they are", () => {
    const texts = new ItemText(new JsonEncoder({ cacheBytes: 4_096 }));
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "binary", maxLength: 12 }));
    const value = fc.oneof(
      fc.jsonValue({ stringUnit: "binary", maxDepth: 4 }),
      text.map((part) => part.repeat(150)),
    );
    const payload = fc.dictionary(text, fc.oneof(value, fc.array(value, { maxLength: 5 })), { maxKeys: 5 });
    fc.assert(
      fc.property(payload, payload, (input, output) => {
        const record = recordOf({ input: nodeOf(input), output: nodeOf(output) });
        expect(JSON.parse(written(texts, record))).toEqual(JSON.parse(itemOf(record)));
      }),
    );
  });
});

test("the spans of two services don't say each other's", () => {
  const texts = new ItemText(new JsonEncoder());
  const [cafe, shop] = [{ name: "café" }, { name: "shop" }];
  const spans = [
    [cafe, 1],
    [cafe, 2],
    [shop, 2],
    [shop, 1],
    [cafe, 1],
  ] as const;
  for (const [service, revision] of spans) {
    const record = recordOf({ service, revision });
    expect(texts.of(record)).toBe(itemOf(record));
    expect(texts.isAscii).toBe(service === shop);
  }
});

test("a batch is its items in order, whichever way each one went; what is refused is known by its place", async () => {
  const server = await ScriptedServer.start();
  const exporter = new SgpExporter({ apiKey: "k", accountId: "a", baseUrl: server.url });
  try {
    const records = ["a", "nul\0", "b", "c", "d"].map((id) => recordOf({ id }));
    const sources = [...records, recordOf({ id: "e", name: "naïve" }), recordOf({ id: "f", data: nodeOf({ a: 1 }) })];
    sources.splice(3, 0, recordOf({ id: "large", input: nodeOf({ text: "x".repeat(40_000) }) }));
    server.answerNext({ status: 200 }, "reset", "reset");
    expect(await exporter.exportEach(sources, ATTEMPT)).toMatchObject({ rejected: [{ id: "nul\0" }] });
    const good = sources.filter((record) => record.id !== "nul\0");
    expect(server.requests[0]!.body.toString()).toBe(`{"items":[${good.map(itemOf).join(",")}]}`);
    expect(await exporter.exportEach(sources, ATTEMPT)).toMatchObject({ maybeDelivered: [0, 2, 3, 4, 5, 6, 7] });
  } finally {
    await exporter.shutdown();
    await server.close();
  }
});
