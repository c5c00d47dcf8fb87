import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  MAX_ID_BYTES,
  MAX_KEY_CHARACTERS,
  MAX_PAYLOAD_BYTES,
  MAX_PAYLOAD_DEPTH,
  MAX_PAYLOAD_VALUES,
  NATIVE_MAX_BATCH_SPANS,
} from "@everspan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_JSON_DEPTH } from "./limits.ts";
import { CollectorFixture, sgpItem } from "./testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const document = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../docs/formats/${name}`, import.meta.url)), "utf8").replaceAll(
    /\s+/g,
    " ",
  );
const english = (value: number) => value.toLocaleString("en-US");

test("the format documents say the limits that the code has", () => {
  const batch = document("native-batch.md");
  expect(batch).toContain(`at most ${english(NATIVE_MAX_BATCH_SPANS)} span snapshots`);
  expect(batch).toContain(`A payload nests at most ${MAX_PAYLOAD_DEPTH} containers`);
  expect(batch).toContain(`Ids have 1 to ${MAX_ID_BYTES} bytes`);
  expect(batch).toContain(`nests more than ${MAX_JSON_DEPTH} containers`);
  const values = document("captured-values.md");
  expect(values).toContain(`deeper than ${MAX_PAYLOAD_DEPTH} levels`);
  expect(values).toContain(`a key of ${english(MAX_KEY_CHARACTERS)} characters`);
  expect(values).toContain(`${english(MAX_PAYLOAD_VALUES)} values, ${MAX_PAYLOAD_BYTES / 1024 / 1024} MiB`);
});

test("a native batch of as many spans as the document says is taken whole", async () => {
  const spans = Array.from({ length: NATIVE_MAX_BATCH_SPANS }, (_, index) => span(`s${index}`));
  const answer = await fixture.send("POST", "/v1/everspan/batch", { format: "everspan/1", spans });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ accepted: NATIVE_MAX_BATCH_SPANS, rejected: [] });
  spans.push(span("one-more"));
  const refused = await fixture.send("POST", "/v1/everspan/batch", { format: "everspan/1", spans });
  expect([refused.status, await refused.text()]).toEqual([413, expect.stringContaining(`${NATIVE_MAX_BATCH_SPANS}`)]);
});

test.each(["SGP", "Agentex", "native"])("%s: a payload as deep as the shared bound is stored", async (dialect) => {
  const input = nested(MAX_PAYLOAD_DEPTH);
  expect((await sendInput(dialect, input)).status).toBe(200);
  const stored = (await (await fixture.get(`/api/traces/${dialect}/spans/deep`)).json()) as { input: unknown };
  expect(stored.input).toEqual(input);
});

test.each(["SGP", "Agentex", "native"])(
  "%s: a deeper one is refused for its depth, which is named",
  async (dialect) => {
    for (const depth of [MAX_PAYLOAD_DEPTH + 1, 1000]) {
      const answer = await sendInput(dialect, nested(depth));
      const text = await answer.text();
      // The native batch turns its span away alone while the rest of the body is readable.
      expect(answer.status === 422 || (answer.status === 200 && text.includes('"accepted":0'))).toBe(true);
      expect(text).toMatch(/nested too deeply: more than \d+ containers/);
    }
  },
);

test("a property name as long as the SDK captures is taken in any script", async () => {
  const input = { ["\u0001".repeat(MAX_KEY_CHARACTERS)]: 1, ["字".repeat(MAX_KEY_CHARACTERS)]: 2 };
  expect((await sendInput("SGP", input)).status).toBe(200);
});

test("one span with three payloads of as many values as the SDK captures is taken", async () => {
  const list = Array(MAX_PAYLOAD_VALUES).fill(1);
  const item = sgpItem({ id: "wide", input: { list }, output: { list }, metadata: { list } });
  expect((await fixture.send("PUT", "/v5/spans/batch", { items: [item] })).status).toBe(200);
});

function sendInput(dialect: string, input: unknown): Promise<Response> {
  if (dialect === "SGP") {
    const item = sgpItem({ id: "deep", trace_id: dialect, input });
    return fixture.send("PUT", "/v5/spans/batch", { items: [item] });
  }
  if (dialect === "Agentex") {
    const body = { id: "deep", trace_id: dialect, name: "n", start_time: "2026-01-31T12:00:00Z", input };
    return fixture.send("POST", "/spans", body);
  }
  const spans = [{ ...span("deep"), traceId: dialect, input }];
  return fixture.send("POST", "/v1/everspan/batch", { format: "everspan/1", spans });
}

function span(id: string): Record<string, unknown> {
  const startTime = "2026-01-31T12:00:00.000000Z";
  return { phase: "started", revision: 0, traceId: "t", id, name: "n", type: "STANDALONE", status: "OK", startTime };
}

function nested(depth: number): unknown {
  return JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as unknown;
}
