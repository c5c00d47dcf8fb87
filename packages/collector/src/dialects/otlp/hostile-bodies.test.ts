import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromOtlpJson, fromOtlpProto, toOtlpProto, validateSnapshot } from "@everspan/protocol";
import { normalizeSpan, readSpan } from "@everspan/reading";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorFixture, MANY_REQUESTS } from "../../testing/collector-fixture.ts";

/** Captured bodies of real instrumentations, where they are at hand; and small ones of our own in any case. */
const CAPTURED = fileURLToPath(new URL("../../../../../../shared/data/otlp/", import.meta.url));
const captured = existsSync(CAPTURED) ? readdirSync(CAPTURED).filter((name) => !name.endsWith(".md")) : [];

const keyValue = (key: string, value: unknown) => ({ key, value });
const OWN_JSON = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [keyValue("service.name", { stringValue: "app" })] },
      scopeSpans: [
        {
          scope: { name: "lib" },
          spans: [
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
              name: "chat",
              kind: 3,
              startTimeUnixNano: "1769860800000000000",
              endTimeUnixNano: "1769860801000000000",
              attributes: [
                keyValue("gen_ai.operation.name", { stringValue: "chat" }),
                keyValue("gen_ai.input.messages", {
                  stringValue: '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
                }),
                keyValue("llm.output_messages.0.message.role", { stringValue: "assistant" }),
                keyValue("langfuse.observation.usage_details", { stringValue: '{"input":20,"output":5}' }),
                keyValue("list", {
                  arrayValue: { values: [{ intValue: "1" }, { doubleValue: 0.5 }, { boolValue: true }] },
                }),
                keyValue("map", { kvlistValue: { values: [keyValue("k", { bytesValue: "AAEC" })] } }),
              ],
              events: [{ name: "gen_ai.user.message", timeUnixNano: "1769860800000000001", attributes: [] }],
              links: [{ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b175" }],
              status: { code: 2, message: "m" },
            },
          ],
        },
      ],
    },
  ],
});
const OWN_PROTO = toOtlpProto(
  ["a", "b"].map((id) => ({
    phase: "ended" as const,
    revision: 2,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    id,
    name: "n",
    type: "COMPLETION" as const,
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    status: "ERROR" as const,
    error: { type: "E", message: "m" },
    input: { messages: [{ role: "user", content: "é😀" }], list: [1, 0.5, null, true] },
  })),
).slice();

const bodies = (extension: string) =>
  captured.filter((name) => name.endsWith(extension)).map((name) => readFileSync(CAPTURED + name));
const jsonBodies = [Buffer.from(OWN_JSON), ...bodies(".json")];
const protoBodies = [Buffer.from(OWN_PROTO), ...bodies(".bin")];

test("20,000 mutated bodies are decoded, read and answered without a throw, and what comes out is a valid span", () => {
  const random = seeded(20_260_201);
  let spans = 0;
  for (let i = 0; i < 20_000; i++) {
    const isJson = i % 2 === 0;
    const bytes = mutate(
      (isJson ? jsonBodies : protoBodies)[random(isJson ? jsonBodies.length : protoBodies.length)]!,
      random,
      isJson,
    );
    const decoded = isJson ? decodeJson(bytes) : fromOtlpProto(bytes, { normalize: normalizeSpan, receivedMicros: 1 });
    if (decoded?.ok !== true) continue;
    for (const snapshot of decoded.snapshots.slice(0, 2)) {
      const validated = validateSnapshot(snapshot);
      if (!validated.ok) throw new Error(`${validated.message}: ${JSON.stringify(snapshot).slice(0, 500)}`);
      if (i % 10 === 0) readSpan(snapshot);
      spans += 1;
    }
  }
  expect(spans).toBeGreaterThan(1000);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

test(`${2 * MANY_REQUESTS} of them over HTTP: no 5xx, and the collector serves on`, async () => {
  const random = seeded(7);
  const statuses = new Set<number>();
  const send = async () => {
    for (let i = 0; i < (2 * MANY_REQUESTS) / 16; i++) {
      const isJson = random(2) === 0;
      const body = mutate(
        (isJson ? jsonBodies : protoBodies)[random(isJson ? jsonBodies.length : protoBodies.length)]!,
        random,
        isJson,
      );
      const type = isJson ? "application/json" : "application/x-protobuf";
      const path = ["/v1/traces", "/v1/logs", "/otel/v1/traces"][random(3)]!;
      const response = await fixture.send("POST", path, body, { "content-type": type });
      await response.arrayBuffer();
      statuses.add(response.status);
    }
  };
  await Promise.all(Array.from({ length: 16 }, send));
  expect([...statuses].filter((status) => status !== 200 && status !== 400 && status !== 413)).toEqual([]);
  expect(statuses).toContain(200);
  expect(statuses).toContain(400);
  expect((await fixture.get("/healthz")).status).toBe(200);
}, 600_000);

function decodeJson(bytes: Buffer) {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  return fromOtlpJson(value, { normalize: normalizeSpan, receivedMicros: 1 });
}

/** Flips bits, cuts, repeats; of JSON also swaps whole tokens, so that it mostly parses. */
function mutate(original: Buffer, random: (below: number) => number, isJson: boolean): Buffer {
  const kind = random(isJson ? 5 : 4);
  if (kind === 0) return original;
  if (kind === 1) {
    const bytes = Buffer.from(original);
    for (let i = 0; i <= random(4); i++) bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  }
  if (kind === 2) return original.subarray(0, random(original.length));
  if (kind === 3 && !isJson) {
    const at = random(original.length);
    return Buffer.concat([original.subarray(0, at), original.subarray(random(original.length)), original.subarray(at)]);
  }
  const tokens = original.toString("utf8").split(/(?<=[[\]{}:,])|(?=[[\]{}:,])/);
  const values = [
    "null",
    "[]",
    "{}",
    "1e999",
    '"\\u0000"',
    "-1",
    "true",
    '"x"',
    '{"__proto__":{"polluted":1}}',
    "[[[[]]]]",
  ];
  for (let i = 0; i <= random(3); i++) {
    const at = random(tokens.length);
    if (!/^[[\]{}:,]$/.test(tokens[at]!.trim())) tokens[at] = values[random(values.length)]!;
  }
  return Buffer.from(tokens.join(""));
}

/** Numbers that are the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
