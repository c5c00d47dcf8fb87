import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

const put = (items: unknown) => fixture.send("PUT", "/v5/spans/batch", { items });
const stored = async (id = "span-1") => (await fixture.get(`/api/traces/trace-1/spans/${id}`)).json();
const traces = async () => ((await (await fixture.get("/api/traces")).json()) as { traces: unknown[] }).traces;

describe("PUT /v5/spans/batch", () => {
  test("stores the spans and answers with a list of them", async () => {
    const answer = await put([sgpItem({ input: { q: 1 } }), sgpItem({ id: "span-2", parent_id: "span-1" })]);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ object: "list", items: [{ id: "span-1" }, { id: "span-2" }] });
    expect(await stored()).toMatchObject({ id: "span-1", traceId: "trace-1", input: { q: 1 }, durationMs: 1000 });
  });

  test("may be repeated without effect, and a later different item replaces the earlier", async () => {
    await put([sgpItem({ metadata: { a: 1 } })]);
    await put([sgpItem({ metadata: { a: 1 } })]);
    expect(await stored()).toMatchObject({ data: { a: 1 }, revision: 1 });
    await put([sgpItem({ metadata: { a: 2 } })]);
    await put([sgpItem({ metadata: { a: 3 } })]);
    expect(await stored()).toMatchObject({ data: { a: 3 } });
  });

  test("a start that comes after its end changes nothing", async () => {
    await put([sgpItem({ output: { done: true } })]);
    await put([sgpItem({ end_timestamp: null })]);
    expect(await stored()).toMatchObject({ phase: "ended", output: { done: true } });
  });

  test.each<[string, unknown[], number]>([
    ["1001 items", Array.from({ length: 1001 }, (_, i) => sgpItem({ id: `s${i}` })), 422],
    ["an end before its start", [sgpItem({ end_timestamp: "2026-01-31T11:00:00Z" })], 422],
    ["an input that is a list", [sgpItem({ input: [] })], 422],
    ["an output that is a text", [sgpItem({ output: "x" })], 422],
    ["metadata that is a number", [sgpItem({ metadata: 1 })], 422],
    ["an id over 256 characters", [sgpItem({ id: "x".repeat(257) })], 422],
    ["an id over 256 bytes", [sgpItem({ id: "é".repeat(200) })], 400],
    ["a NUL in an id", [sgpItem({ id: "a\0b" })], 400],
    ["no name", [sgpItem({ name: undefined })], 422],
    ["a cycle", [sgpItem({ id: "a", parent_id: "b" }), sgpItem({ id: "b", parent_id: "a" })], 409],
    ["a parent in another trace", [sgpItem({ id: "a", trace_id: "other" }), sgpItem({ id: "b", parent_id: "a" })], 409],
  ])("%s is refused and nothing of its batch is written", async (_what, items, status) => {
    const answer = await put([sgpItem({ id: "neighbour" }), ...items].slice(0, 1001));
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(await traces()).toEqual([]);
  });

  test("a sender that wants a short answer gets one", async () => {
    const answer = await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem()] }, { prefer: "return=minimal" });
    expect(await answer.json()).toEqual({ object: "list", items: [] });
  });
});

describe("the other routes", () => {
  test("POST inserts and answers 409 for an id that exists, with nothing of the request written", async () => {
    const post = (items: unknown[]) => fixture.send("POST", "/v5/spans/batch", { items });
    expect((await post([sgpItem()])).status).toBe(200);
    expect((await post([sgpItem({ id: "new" }), sgpItem()])).status).toBe(409);
    expect((await fixture.get("/v5/spans/new")).status).toBe(404);
    expect((await fixture.send("POST", "/v5/spans", sgpItem({ id: "one" }))).status).toBe(200);
    expect((await fixture.send("POST", "/v5/spans", sgpItem({ id: "one" }))).status).toBe(409);
  });

  test("GET gives the item back; an unknown id is 404", async () => {
    const metadata = { usage: { input_tokens: 3, output_tokens: 4 } };
    await put([sgpItem({ input: { q: "x".repeat(5000) }, type: "COMPLETION", metadata })]);
    expect(await (await fixture.get("/v5/spans/span-1")).json()).toMatchObject({
      ...sgpItem({ input: { q: "x".repeat(5000) }, type: "COMPLETION", metadata }),
      start_timestamp: "2026-01-31T12:00:00.000000Z",
      end_timestamp: "2026-01-31T12:00:01.000000Z",
      input_tokens: 3,
      output_tokens: 4,
    });
    expect((await fixture.get("/v5/spans/unknown")).status).toBe(404);
  });

  test("PATCH changes what it may, keeps the rest, refuses what is wrong; an unknown id is 404", async () => {
    await put([sgpItem({ end_timestamp: null, input: { q: 1 } })]);
    const patch = (body: unknown, id = "span-1") => fixture.send("PATCH", `/v5/spans/${id}`, body);
    const changes = { end_timestamp: "2026-01-31T12:00:09Z", output: { a: 1 }, status: "ERROR", trace_id: "ignored" };
    expect((await patch(changes)).status).toBe(200);
    expect(await stored()).toMatchObject({
      phase: "ended",
      durationMs: 9000,
      status: "ERROR",
      input: { q: 1 },
      output: { a: 1 },
    });
    expect((await patch({ name: "renamed", output: null })).status).toBe(200);
    expect(await stored()).toMatchObject({ name: "renamed", output: { a: 1 } });
    expect((await patch({ end_timestamp: "2020-01-01T00:00:00Z" })).status).toBe(422);
    expect((await patch({ output: [] })).status).toBe(422);
    expect((await patch({ name: "x" }, "unknown")).status).toBe(404);
  });
});

test("what was received is the sum of what was stored, superseded, duplicate, in conflict and rejected", async () => {
  await put([sgpItem(), sgpItem({ id: "b" })]);
  await put([sgpItem()]);
  await put([sgpItem({ end_timestamp: null })]);
  await put([sgpItem({ input: [] }), sgpItem()]);
  await fixture.send("POST", "/v5/spans", sgpItem());
  const text = await (await fixture.get("/metrics")).text();
  const samples = new Map(
    [...text.matchAll(/^(everspan_records_\S+) (\d+)$/gm)].map(([, name, n]) => [name!, Number(n)]),
  );
  const received = samples.get("everspan_records_received_total");
  samples.delete("everspan_records_received_total");
  expect(received).toBe(7);
  expect([...samples.values()].reduce((sum, n) => sum + n, 0)).toBe(received);
  expect(samples.get('everspan_records_total{result="superseded"}')).toBe(1);
  expect(samples.get('everspan_records_rejected_total{reason="invalid"}')).toBe(2);
});
