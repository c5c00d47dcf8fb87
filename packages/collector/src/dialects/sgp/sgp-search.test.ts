import { SgpExporter, Tracer } from "everspan";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

const put = (...items: unknown[]) => fixture.send("PUT", "/v5/spans/batch", { items });
const search = (filter: unknown, query = "") => fixture.send("POST", `/v5/spans/search${query}`, filter);

async function found(filter: object, query = "?sort_order=asc"): Promise<string[]> {
  const { items } = (await (await search(filter, query)).json()) as { items: { id: string }[] };
  return items.map(({ id }) => id);
}

const at = (second: number) => `2026-01-31T12:00:0${second}Z`;

test("spans are found by their ids, and every other filter narrows that down", async () => {
  await put(
    sgpItem({ id: "root", name: "turn", type: "AGENT_WORKFLOW", start_timestamp: at(0), end_timestamp: at(9) }),
    sgpItem({ id: "llm", parent_id: "root", type: "COMPLETION", start_timestamp: at(1), end_timestamp: at(2) }),
    sgpItem({ id: "bad", parent_id: "root", status: "ERROR", start_timestamp: at(3), end_timestamp: at(4) }),
    sgpItem({ id: "other", trace_id: "trace-2", group_id: "task-7" }),
  );
  const trace_ids = ["trace-1"];
  expect(await found({ trace_ids })).toEqual(["root", "llm", "bad"]);
  expect(await found({ trace_ids }, "")).toEqual(["bad", "llm", "root"]);
  expect(await found({ span_ids: ["llm", "other", "nobody"] })).toEqual(["other", "llm"]);
  expect(await found({ trace_ids, span_ids: ["other"] })).toEqual([]);
  expect(await found({ trace_ids, names: ["turn"] })).toEqual(["root"]);
  expect(await found({ trace_ids, types: ["COMPLETION", "GUARDRAIL"] })).toEqual(["llm"]);
  expect(await found({ trace_ids, statuses: ["ERROR"] })).toEqual(["bad"]);
  expect(await found({ trace_ids, parents_only: true })).toEqual(["root"]);
  expect(await found({ trace_ids: ["trace-1", "trace-2"], names: [] })).toHaveLength(4);
  const answer = (await (await search({ span_ids: ["llm"] })).json()) as unknown;
  expect(answer).toMatchObject({ object: "list", has_more: false, items: [{ id: "llm", trace_id: "trace-1" }] });
});

test("every filter of the platform narrows a search down", async () => {
  const obs = { obs_trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", obs_span_id: "00f067aa0ba902b7" };
  const fields = { input: { q: "What is the RAIN like?\nplural: reports" }, output: { city: "Oslo", n: 42 } };
  const metadata = { __agent_name__: "clerk", __agent_id__: "a1", __acp_type__: "sync", kind: ["x", 1], run: 7 };
  await put(
    sgpItem({ id: "root", name: "Weather turn", start_timestamp: at(0), end_timestamp: at(9), group_id: "task-7" }),
    sgpItem({ id: "llm", parent_id: "root", start_timestamp: at(1), end_timestamp: at(2), ...fields, ...obs }),
    sgpItem({ id: "tool", parent_id: "llm", start_timestamp: at(3), end_timestamp: at(7), metadata }),
    sgpItem({
      id: "open",
      parent_id: "root",
      start_timestamp: at(4),
      end_timestamp: null,
      application_variant_id: "v1",
    }),
    sgpItem({ id: "llm", trace_id: "trace-2", start_timestamp: at(5), end_timestamp: at(6) }),
  );
  const trace_ids = ["trace-1"];
  const pair = (trace_id: string, span_id: string) => ({ trace_id, span_id });
  const cases: readonly (readonly [object, readonly string[], string?])[] = [
    [{ group_id: "task-7" }, ["root"]],
    [{ parent_ids: ["root"] }, ["llm", "open"]],
    [{ spans: [pair("trace-2", "llm"), pair("trace-1", "tool"), pair("trace-9", "root")] }, ["tool", "llm"]],
    [{ spans: [pair("trace-2", "llm")], span_ids: ["tool"] }, []],
    [{ span_ids: ["llm"], excluded_trace_ids: ["trace-2"] }, ["llm"]],
    [{ trace_ids, excluded_span_ids: ["llm", "open"] }, ["root", "tool"]],
    [
      { span_ids: ["llm", "tool"], excluded_spans: [pair("trace-1", "llm")], excluded_span_ids: ["tool"] },
      ["tool", "llm"],
    ],
    [{ trace_ids, min_duration_ms: 4000 }, ["root", "tool", "open"]],
    [{ trace_ids, min_duration_ms: 1000, max_duration_ms: 4000 }, ["llm", "tool"]],
    [{ trace_ids }, ["llm", "tool"], `from_ts=${at(1)}&to_ts=${at(3)}&sort_by=start_timestamp`],
    [{ trace_ids, obs_trace_ids: [obs.obs_trace_id] }, ["llm"]],
    [{ trace_ids, obs_trace_ids: [obs.obs_trace_id], obs_span_ids: ["1".repeat(16)] }, []],
    [{ trace_ids, agentex_agent_names: ["clerk"], agentex_agent_ids: ["a1"], acp_types: ["sync", "async"] }, ["tool"]],
    [{ trace_ids, application_variant_ids: ["v1"] }, ["open"]],
    [{ trace_ids, extra_metadata: { run: [6, 7], kind: ["x", 1] } }, ["tool"]],
    [{ trace_ids, extra_metadata: { run: "7" } }, []],
    [{ trace_ids, search_texts: ["rain", "OSLO"] }, ["llm"]],
    [{ trace_ids, search_texts: ["report"] }, []],
    [{ trace_ids, search_texts: ["plural: rep"] }, ["llm"]],
    [{ trace_ids, search_texts: ['"is the rain"'] }, ["llm"]],
    [{ trace_ids, search_texts: ["eath"] }, ["root"]],
    [{ trace_ids, search_texts: ["rain", "snow"] }, []],
  ];
  for (const [filter, expected, query = ""] of cases) {
    expect([filter, await found(filter, `?sort_order=asc&${query}`)]).toEqual([filter, expected]);
  }
});

test("a page ends before a span, too", async () => {
  await put(
    ...Array.from({ length: 9 }, (_, i) => sgpItem({ id: `s${i}`, start_timestamp: at(i), end_timestamp: at(9) })),
  );
  const trace_ids = ["trace-1"];
  const answer = await (await search({ trace_ids }, "?sort_order=asc&limit=2&ending_before=s5")).json();
  expect(answer).toMatchObject({ items: [{ id: "s3" }, { id: "s4" }], has_more: true });
  expect(await found({ trace_ids }, "?sort_order=asc&limit=3&ending_before=s2")).toEqual(["s0", "s1"]);
  expect(await found({ trace_ids }, "?sort_order=desc&limit=2&ending_before=s5")).toEqual(["s7", "s6"]);
});

test("pages follow one another by the last id and hold every span once, also where starts are equal", async () => {
  const items = Array.from({ length: 23 }, (_, i) => sgpItem({ id: `s${i}`, start_timestamp: at(i % 3) }));
  await put(...items.map((item) => ({ ...item, end_timestamp: at(9) })));
  for (const order of ["asc", "desc"]) {
    const seen: string[] = [];
    for (let after = ""; ; after = `&starting_after=${seen.at(-1)}`) {
      const answer = await search({ trace_ids: ["trace-1"] }, `?limit=5&sort_order=${order}${after}`);
      const page = (await answer.json()) as { items: { id: string }[]; has_more: boolean };
      seen.push(...page.items.map(({ id }) => id));
      if (!page.has_more) break;
    }
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  }
  expect(await found({ trace_ids: ["trace-1"] }, "?starting_after=nobody")).toEqual([]);
});

test("what the SDK sent by SgpExporter it reads back: one span, and all of a trace", async () => {
  const exporter = new SgpExporter({ apiKey: "key", accountId: "account", baseUrl: fixture.collector.url });
  const tracer = new Tracer({ exporters: [exporter] });
  const trace = tracer.startTrace();
  const turn = trace.startSpan("turn", { input: { question: "2 + 2?" } });
  trace.startSpan("llm", { parentId: turn.id, type: "COMPLETION" }).end();
  turn.end();
  await tracer.flush();
  expect(await trace.listSpans()).toMatchObject([{ name: "turn" }, { name: "llm", parentId: turn.id }]);
  expect(await trace.getSpan(turn.id)).toMatchObject({ phase: "ended", input: { question: "2 + 2?" } });
  expect(await trace.getSpan("nobody")).toBeUndefined();
  await tracer.shutdown();
});

describe("a search that can't be answered as it was meant is refused", () => {
  const trace_ids = ["t"];
  test.each<[unknown, string?]>([
    [[]],
    [{}],
    [{ trace_ids: [] }],
    [{ trace_ids: "t" }],
    [{ trace_ids: [1] }],
    [{ trace_ids, colour: "red" }],
    [{ trace_ids, search_texts: ["x"] }],
    [{ trace_ids, search_texts: Array.from({ length: 11 }, (_, i) => `word${i}`) }],
    [{ trace_ids, min_duration_ms: -1 }],
    [{ trace_ids, max_duration_ms: "1" }],
    [{ trace_ids, obs_trace_ids: ["x"] }],
    [{ trace_ids, obs_span_ids: ["00F067AA0BA902B7"] }],
    [{ trace_ids, spans: [{ trace_id: "t" }] }],
    [{ trace_ids, excluded_spans: ["t"] }],
    [{ trace_ids, extra_metadata: [] }],
    [{ trace_ids, assessment_types: ["rubric"] }],
    [{ excluded_trace_ids: trace_ids }],
    [{ trace_ids, spans: Array.from({ length: 5000 }, (_, i) => ({ trace_id: "t", span_id: `s${i}` })) }],
    [{ trace_ids }, "?from_ts=yesterday"],
    [{ trace_ids }, "?sort_by=name"],
    [{ trace_ids }, "?starting_after=a&ending_before=b"],
    [{ trace_ids, types: ["LLM"] }],
    [{ trace_ids, statuses: ["OK"] }],
    [{ trace_ids, statuses: ["toString"] }],
    [{ trace_ids, parents_only: 1 }],
    [{ trace_ids: Array.from({ length: 10_001 }, (_, i) => `t${i}`) }],
    [{ trace_ids }, "?limit=0"],
    [{ trace_ids }, "?limit=1001"],
    [{ trace_ids }, "?sort_order=up"],
    [{ trace_ids }, "?page=2"],
  ])("case %#", async (filter, query = "") => {
    const answer = await search(filter, query);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { code: expect.stringMatching(/^BAD_(SEARCH|QUERY)$/) } });
  });

  test("X12 no text in it becomes SQL", async () => {
    await put(sgpItem());
    for (const text of ["'; DROP TABLE spans; --", "' OR 1=1 --", "\"]') OR 1=1 --", "\u0000"]) {
      expect(await found({ trace_ids: [text] })).toEqual([]);
      expect(await found({ trace_ids: ["trace-1"], names: [text] })).toEqual([]);
      expect(await found({ trace_ids: ["trace-1"] }, `?starting_after=${encodeURIComponent(text)}`)).toEqual([]);
    }
    expect(await found({ trace_ids: ["trace-1"] })).toEqual(["span-1"]);
  });
});
