/** Numbers that no double holds come back as they were sent, whatever dialect they came in and by whatever route they are read. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";

const NUMBERS = "[9007199254740993,-12345678901234567890,1e400,-0,-0.0,0.1000000000000000055511151231257827]";
const START = "2026-01-31T12:00:00.000000Z";
const START_MS = Date.parse(START);

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const send = async (method: string, path: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fixture.send(method, path, body, headers);
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  return text;
};
const stored = async (trace: string, span: string) => (await fixture.get(`/api/traces/${trace}/spans/${span}`)).text();

const sgpItem = (id: string) =>
  `{"id":"${id}","trace_id":"${id}","name":"n","start_timestamp":"${START}","input":{"n":${NUMBERS}},"output":{"n":${NUMBERS}},"metadata":{"n":${NUMBERS}}}`;

const blob = `{"text":"${"x".repeat(300)}","n":${NUMBERS}}`;
const blobName = createHash("sha256").update(blob).digest("hex").slice(0, 32);

/** Each sends one span, whose id and trace are the dialect's name. */
const DIALECTS: Readonly<Record<string, () => Promise<unknown>>> = {
  sgpbatch: () => send("PUT", "/v5/spans/batch", `{"items":[${sgpItem("sgpbatch")}]}`),
  sgp: () => send("POST", "/v5/spans", sgpItem("sgp")),
  agentex: () =>
    send(
      "POST",
      "/spans",
      `{"id":"agentex","trace_id":"agentex","name":"n","start_time":"${START}","input":{"n":${NUMBERS}},"output":{"n":${NUMBERS}},"data":{"n":${NUMBERS}}}`,
    ),
  native: () =>
    send(
      "POST",
      "/v1/everspan/batch",
      `{"format":"everspan/1","blobs":{"${blobName}":${blob}},"spans":[{"phase":"started","revision":0,"traceId":"native","id":"native","name":"n","type":"STANDALONE","startTime":"${START}","status":"OK","input":{"$blob":"${blobName}"},"output":{"n":${NUMBERS}},"data":{"n":${NUMBERS}}}]}`,
    ),
  langsmith: () =>
    send(
      "POST",
      "/runs/batch",
      `{"post":[{"id":"langsmith","trace_id":"langsmith","dotted_order":"20260131T120000000000Zlangsmith","name":"n","run_type":"chain","start_time":"${START}","inputs":{"n":${NUMBERS}},"outputs":{"n":${NUMBERS}},"extra":{"metadata":{"n":${NUMBERS}}}}]}`,
    ),
  langfuse: () =>
    send(
      "POST",
      "/api/public/ingestion",
      `{"batch":[{"id":"e1","type":"span-create","timestamp":"${START}","body":{"id":"langfuse","traceId":"langfuse","name":"n","startTime":"${START}","input":{"n":${NUMBERS}},"output":{"n":${NUMBERS}},"metadata":{"n":${NUMBERS}}}}]}`,
    ),
  braintrust: () =>
    send(
      "POST",
      "/logs3",
      `{"rows":[{"id":"r","span_id":"braintrust","root_span_id":"braintrust","span_attributes":{"name":"n"},"metrics":{"start":${START_MS / 1000}},"input":{"n":${NUMBERS}},"output":{"n":${NUMBERS}},"metadata":{"n":${NUMBERS}}}],"api_version":2}`,
    ),
};

describe("numbers that no double holds", () => {
  test.each(Object.keys(DIALECTS))("%s: they are stored byte for byte in every payload", async (dialect) => {
    await DIALECTS[dialect]!();
    const span = await stored(dialect, dialect);
    expect(span.split(`"n":${NUMBERS}`), span).toHaveLength(4);
    const page = await (await fixture.get(`/api/traces/${dialect}?payloads=full`)).text();
    expect(page.split(`"n":${NUMBERS}`)).toHaveLength(4);
  });

  test("OpenAI's traces", async () => {
    const span = (data: string) =>
      `{"object":"trace.span","id":"openai-span","trace_id":"openai","started_at":"${START}","span_data":${data}}`;
    await send(
      "POST",
      "/v1/traces/ingest",
      `{"data":[${span(`{"type":"custom","name":"n","data":{"n":${NUMBERS}}}`)}]}`,
    );
    expect(await stored("openai", "openai-span")).toContain(`"n":${NUMBERS}`);
  });

  test("LangSmith's form, whose parts are parsed one by one", async () => {
    const part = (name: string, json: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n${json}\r\n`;
    const run = `{"id":"form","trace_id":"form","dotted_order":"20260131T120000000000Zform","name":"n","run_type":"chain","start_time":"${START}"}`;
    const body = `${part("post.form", run)}${part("post.form.inputs", `{"n":${NUMBERS}}`)}--b--\r\n`;
    await send("POST", "/runs/multipart", body, { "content-type": "multipart/form-data; boundary=b" });
    expect(await stored("form", "form")).toContain(`"n":${NUMBERS}`);
  });

  test("OTLP: in JSON that is an attribute's text, and as bare numbers", async () => {
    const [trace, id] = ["a".repeat(32), "b".repeat(16)];
    const attribute = (key: string, value: string) => `{"key":"${key}","value":${value}}`;
    const attributes = [
      attribute("input.value", `{"stringValue":${JSON.stringify(`{"n":${NUMBERS}}`)}}`),
      attribute("long", '{"intValue":9007199254740993}'),
      attribute("double", '{"doubleValue":1e400}'),
      attribute("fraction", '{"doubleValue":0.1000000000000000055511151231257827}'),
    ];
    const nanos = `${BigInt(START_MS) * 1_000_000n + 123_456_000n}`;
    await send(
      "POST",
      "/v1/traces",
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${trace}","spanId":"${id}","name":"n","startTimeUnixNano":${nanos},"attributes":[${attributes.join(",")}]}]}]}]}`,
    );
    const span = await stored(trace, id);
    expect(span).toContain(`"n":${NUMBERS}`);
    expect(span).toContain('"long":"9007199254740993"');
    expect(span).toContain('"double":1e400');
    expect(span).toContain('"fraction":0.1000000000000000055511151231257827');
    expect(span).toContain('"startTime":"2026-01-31T12:00:00.123456Z"');
  });

  test("SGP and Agentex give them back, before and after a change of the span", async () => {
    await send("POST", "/v5/spans", sgpItem("changed"));
    const read = async () => (await fixture.get("/v5/spans/changed")).text();
    expect((await read()).split(`"n":${NUMBERS}`)).toHaveLength(4);
    const patched = await send("PATCH", "/v5/spans/changed", `{"name":"other","output":{"m":${NUMBERS}}}`);
    for (const text of [patched, await read()]) {
      expect(text).toContain(`"input":{"n":${NUMBERS}}`);
      expect(text).toContain(`"output":{"m":${NUMBERS}}`);
    }
    expect(await send("POST", "/v5/spans/search", '{"trace_ids":["changed"]}')).toContain(`"input":{"n":${NUMBERS}}`);
    expect(await (await fixture.get("/spans?trace_id=changed")).text()).toContain(`"input":{"n":${NUMBERS}}`);
    expect(await send("PATCH", "/spans/changed", `{"data":{"k":${NUMBERS}}}`)).toContain(`"k":${NUMBERS}`);
    expect(await stored("changed", "changed")).toContain(`"input":{"n":${NUMBERS}}`);
  });

  test("the same span again is a duplicate, and counts are computed from them", async () => {
    const item = (tokens: string) =>
      `{"items":[{"id":"same","trace_id":"same","name":"n","type":"COMPLETION","start_timestamp":"${START}","input":{"n":${NUMBERS}},"output":{"usage":{"input_tokens":${tokens},"output_tokens":3}},"metadata":{}}]}`;
    await send("PUT", "/v5/spans/batch", item("7.0000000000000000000"));
    await send("PUT", "/v5/spans/batch", item("7.0000000000000000000"));
    const span = JSON.parse(await stored("same", "same")) as { revision: number; inputTokens: number };
    expect(span).toMatchObject({ revision: 0, inputTokens: 7, outputTokens: 3 });
    await send("PUT", "/v5/spans/batch", item("99999999999999999999"));
    expect(JSON.parse(await stored("same", "same"))).toMatchObject({ inputTokens: 1e12 });
  });

  test("where a text or a count is due, they are refused as numbers", async () => {
    const item = `{"items":[{"id":"x","trace_id":"x","name":9007199254740993,"start_timestamp":"${START}"}]}`;
    const response = await fixture.send("PUT", "/v5/spans/batch", item);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("name must be a string, got a number");
  });
});
