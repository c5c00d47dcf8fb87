/** What is read back from each back end, page after page. */
import { type SpanSnapshot, toAgentexCreate, toSgpItem } from "@everspan/protocol";
import { type ReceivedRequest, ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AgentexExporter } from "./agentex/exporter.ts";
import { CollectorExporter } from "./collector/exporter.ts";
import { SgpExporter } from "./sgp/exporter.ts";
import { ended } from "./testing/snapshots.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

const { traceId, id } = ended();
const json = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const queryOf = ({ path }: ReceivedRequest) => Object.fromEntries(new URL(path, "http://x").searchParams);
const pathOf = ({ method, path }: ReceivedRequest) => `${method} ${path}`;
const idsOf = (spans: readonly SpanSnapshot[]) => spans.map((span) => span.id);

describe("the collector's spans", () => {
  const reader = () => new CollectorExporter({ url: server.url }).reader;
  const stored = (span: SpanSnapshot) => ({ ...span, durationMs: 1_000, model: "m", costUsd: 1 });

  test("are read one by one, without what the collector derived", async () => {
    server.answerNext(json(stored(ended())), { status: 404 });
    expect(await reader().getSpan(traceId, id)).toEqual(ended());
    expect(await reader().getSpan("a/b", "c?d")).toBeUndefined();
    expect(server.requests.map(pathOf)).toEqual([
      `GET /api/traces/${traceId}/spans/${id}`,
      "GET /api/traces/a%2Fb/spans/c%3Fd",
    ]);
  });

  test("of a trace are read with their payloads, page after page", async () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => ended({ id }));
    server.answerNext(
      json({ spans: [stored(a!), stored(b!)], nextCursor: "b&1" }),
      json({ spans: [stored(c!)], nextCursor: null }),
      json({ spans: [stored(a!)] }),
      { status: 404 },
    );
    expect(await reader().listSpans("a/b")).toEqual([a, b, c]);
    expect(server.requests.map(pathOf)).toEqual([
      "GET /api/traces/a%2Fb?payloads=full",
      "GET /api/traces/a%2Fb?payloads=full&cursor=b%261",
    ]);
    expect(await reader().listSpans(traceId)).toEqual([a]);
    expect(await reader().listSpans(traceId)).toEqual([]);
  });
});

describe("the platform's spans", () => {
  const reader = () => new SgpExporter({ apiKey: "k", accountId: "a", baseUrl: server.url }).reader;
  const page = (ids: string[], more: object = {}) =>
    json({ items: ids.map((id) => toSgpItem(ended({ id }))), ...more });

  test("are found one by one, among whatever the back end finds", async () => {
    server.answerNext(page(["other", id]), page(["other"]), json({}), json([1]), json(null));
    expect(await reader().getSpan(traceId, id)).toMatchObject({ id, traceId, name: "search" });
    for (let i = 0; i < 4; i++) expect(await reader().getSpan(traceId, id)).toBeUndefined();
    const [request] = server.requests;
    expect(pathOf(request!)).toBe("POST /v5/spans/search?limit=1000&sort_order=asc");
    expect(JSON.parse(request!.body.toString())).toEqual({ trace_ids: [traceId], span_ids: [id] });
    expect(request!.headers).toMatchObject({ "x-api-key": "k", "x-selected-account-id": "a" });
  });

  test("of a trace are read page after page, as long as there are more", async () => {
    server.answerNext(page(["a", "b"], { has_more: true }), page(["c"], { has_more: false }));
    expect(idsOf(await reader().listSpans(traceId))).toEqual(["a", "b", "c"]);
    expect(server.requests.map(queryOf)).toEqual([
      { limit: "1000", sort_order: "asc" },
      { limit: "1000", sort_order: "asc", starting_after: "b" },
    ]);
    expect(JSON.parse(server.requests[1]!.body.toString())).toEqual({ trace_ids: [traceId] });
  });

  test("end where a page brings nothing that can be read", async () => {
    server.answerNext(page(["a"], { has_more: true }), json({ items: [{}, 5], has_more: true }));
    expect(idsOf(await reader().listSpans(traceId))).toEqual(["a"]);
    expect(server.requests).toHaveLength(2);
    server.answerNext(page(["a"], { has_more: "yes" }));
    expect(idsOf(await reader().listSpans(traceId))).toEqual(["a"]);
  });

  test("of a server that always says there is more are not read for ever", async () => {
    server.answerAlways(page(["a"], { has_more: true }));
    expect(await reader().listSpans(traceId)).toHaveLength(1_000);
  });
});

describe("Agentex's spans", () => {
  const reader = () => new AgentexExporter({ baseUrl: server.url }).reader;
  const items = (...ids: string[]) => ids.map((id) => toAgentexCreate(ended({ id })));

  test("are read one by one, and only of the trace that was asked for", async () => {
    server.answerAlways(json(items(id)[0]));
    expect(await reader().getSpan(traceId, id)).toMatchObject({ id, traceId });
    expect(await reader().getSpan("another", "a/b")).toBeUndefined();
    expect(server.requests.map(pathOf)).toEqual([`GET /spans/${id}`, "GET /spans/a%2Fb"]);
    server.answerAlways(json(null));
    expect(await reader().getSpan(traceId, id)).toBeUndefined();
  });

  test("of a trace are read until a page is not full", async () => {
    const full = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    server.answerNext(json(items(...full)), json(items("last")), json("nonsense"));
    expect(idsOf(await reader().listSpans(traceId))).toEqual([...full, "last"]);
    expect(server.requests.map(queryOf)).toEqual(
      ["1", "2"].map((page) => ({
        trace_id: traceId,
        limit: "1000",
        page_number: page,
        order_by: "start_time",
        order_direction: "asc",
      })),
    );
    expect(await reader().listSpans(traceId)).toEqual([]);
    server.answerNext(json([{}, ...items("a"), 5]));
    expect(idsOf(await reader().listSpans(traceId))).toEqual(["a"]);
  });
});
