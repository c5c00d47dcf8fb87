import type { StoredSpan, TraceResponse } from "@everspan/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
  const items = Array.from({ length: 5 }, (_, i) =>
    sgpItem({ trace_id: `t${i}`, name: `run ${i}`, input: { text: "x".repeat(5000) } }),
  );
  await fixture.send("PUT", "/v5/spans/batch", { items });
});
afterAll(() => fixture.stop());

interface Page {
  readonly traces: readonly { traceId: string }[];
  readonly nextCursor: string | null;
}

const list = async (query: Record<string, string>) => {
  const answer = await fixture.get(`/api/traces?${new URLSearchParams(query)}`);
  return { status: answer.status, page: (await answer.json()) as Page };
};

test("pages follow one another by the cursor and hold every trace once", async () => {
  const seen: string[] = [];
  let query: Record<string, string> = { limit: "2", sort: "startTime" };
  for (;;) {
    const { page } = await list(query);
    seen.push(...page.traces.map((trace) => trace.traceId));
    if (page.nextCursor === null) break;
    query = { ...query, cursor: page.nextCursor };
  }
  expect(seen).toEqual(["t0", "t1", "t2", "t3", "t4"]);
});

test("large payloads are left out of a trace, and given when they are asked for", async () => {
  const trace = async (query: string) => (await fixture.get(`/api/traces/t0${query}`)).json();
  expect(await trace("")).toMatchObject({
    trace: { traceId: "t0", spanCount: 1 },
    spans: [{ input: { omitted: true, bytes: 5011 } }],
  });
  expect(await trace("?payloads=full")).toMatchObject({ spans: [{ input: { text: "x".repeat(5000) } }] });
  expect((await fixture.get("/api/traces/unknown")).status).toBe(404);
  expect((await fixture.get("/api/traces/t0/spans/unknown")).status).toBe(404);
});

test("a span is read with the beginnings of its long texts, which it names", async () => {
  const [text, short] = ["😀".repeat(3000), "short"];
  await fixture.send("PUT", "/v5/spans/batch", {
    items: [sgpItem({ id: "long", trace_id: "long", input: { text, short } })],
  });
  const read = async (query: string) => (await fixture.get(`/api/traces/long/spans/long${query}`)).json();
  const whole = (await read("")) as StoredSpan;
  expect(whole).toMatchObject({ input: { text, short } });
  expect(await read("?textLimit=4097")).toEqual({
    ...whole,
    input: { text: "😀".repeat(2048), short },
    cutTexts: [{ pointer: "/input/text", characters: 6000 }],
  });
  expect(await read("?textLimit=6000")).toEqual(whole);
  for (const query of ["textLimit=4095", "textLimit=all", "limit=5000"]) {
    expect((await fixture.get(`/api/traces/long/spans/long?${query}`)).status).toBe(400);
  }
  await fixture.send("DELETE", "/api/traces/long", {});
});

test("a trace's page holds as many spans as are asked for, and says where the next begins", async () => {
  const spans = Array.from({ length: 3 }, (_, n) => sgpItem({ id: `s${n}`, trace_id: "three", name: `span ${n}` }));
  await fixture.send("PUT", "/v5/spans/batch", { items: spans });
  const page = async (query: string) =>
    (await (await fixture.get(`/api/traces/three?${query}`)).json()) as TraceResponse;
  const first = await page("limit=2");
  expect(first.spans).toHaveLength(2);
  const second = await page(new URLSearchParams({ limit: "2", cursor: first.nextCursor! }).toString());
  expect(second.nextCursor).toBeNull();
  expect([...first.spans, ...second.spans].map(({ id }) => id).sort()).toEqual(["s0", "s1", "s2"]);
  for (const limit of ["0", "2001", "-1", "two"]) {
    expect((await fixture.get(`/api/traces/three?limit=${limit}`)).status).toBe(400);
  }
  // The other tests count the traces.
  await fixture.send("DELETE", "/api/traces/three", {});
});

test.each([
  { limit: "0" },
  { limit: "501" },
  { limit: "1e1000" },
  { cursor: "nonsense" },
  { cursor: Buffer.from('[null,"t"]').toString("base64url") },
  { sort: "name" },
  { sort: "--startTime" },
  { status: "ok" },
  { type: "LLM" },
  { from: "yesterday" },
  { minDurationMs: "-1" },
  { minDurationMs: "NaN" },
  { colour: "red" },
])("the query %j is refused and the field is named", async (query) => {
  const answer = await fixture.get(`/api/traces?${new URLSearchParams(query as Record<string, string>)}`);
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toContain(Object.keys(query)[0]);
});

const HOSTILE_TEXTS = [
  "'; DROP TABLE traces; --",
  "' OR 1=1 --",
  '" OR ""="',
  "\\' OR 1=1 --",
  "%' UNION SELECT content, 1, 1 FROM blobs --",
  "\u0000",
  "%_\\",
  `${"a".repeat(5_000)}!`,
];

describe("X12 no text in a query becomes SQL", () => {
  test.each(HOSTILE_TEXTS)("%j finds nothing and harms nothing", async (text) => {
    for (const field of ["q", "service"]) {
      const { status, page } = await list({ [field]: text });
      expect([200, 400]).toContain(status);
      if (status === 200) expect(page.traces).toEqual([]);
    }
    for (const field of ["sort", "status", "type", "cursor", "limit"]) {
      expect((await list({ [field]: text })).status).toBe(400);
    }
    expect((await list({})).page.traces).toHaveLength(5);
  });
});

test("X13 a search is a substring and never a pattern of the sender's", async () => {
  for (const text of ["^(a+)+$", "run .", "run [0-9]", "(?:x*)*y", "*", "r%n"]) {
    expect((await list({ q: text })).page.traces).toEqual([]);
  }
  expect((await list({ q: "RUN 3" })).page.traces).toHaveLength(1);
});
