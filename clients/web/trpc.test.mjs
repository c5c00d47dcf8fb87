/** tRPC's procedures, bare against observed, over HTTP and by a caller of its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { observable } from "@trpc/server/observable";
import { MemoryExporter, Tracer } from "everspan";
import { everspanTrpc } from "everspan/trpc";

/** Of the event loop, until a span that never ends fails its test instead of holding it. */
const MOST_TURNS = 1_000_000;

const FORBIDDEN = new TRPCError({ code: "FORBIDDEN", message: "not yours" });
const FAILURE = new RangeError("no such row");
const number = (value) => {
  if (typeof value !== "number") throw new TypeError("expected a number");
  return value;
};

function routerOf(tracer) {
  const t = initTRPC.create({ errorFormatter: ({ shape: { message, code } }) => ({ message, code, data: {} }) });
  const procedure = tracer === undefined ? t.procedure : t.procedure.use(everspanTrpc({ tracer }));
  const within = async (value) => (tracer === undefined ? value : tracer.span("within", async () => value));
  return t.router({
    double: procedure.input(number).query(({ input }) => within(input * 2)),
    nothing: procedure.query(() => undefined),
    save: procedure.input(number).mutation(({ input }) => ({ saved: input })),
    // Reads no input, whatever a client sends.
    unread: procedure.mutation(() => "unread"),
    forbidden: procedure.query(() => {
      throw FORBIDDEN;
    }),
    fails: procedure.query(() => {
      throw FAILURE;
    }),
    count: procedure.input(number).query(async function* ({ input }) {
      for (let at = 0; at < input; at += 1) yield await within(at);
    }),
    breaks: procedure.query(async function* () {
      yield 1;
      throw FAILURE;
    }),
    ticks: procedure.input(number).subscription(async function* ({ input, signal }) {
      for (let at = 0; at < input && !signal.aborted; at += 1) yield await within(at);
    }),
    forever: procedure.subscription(async function* ({ signal }) {
      yield 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }),
    observed: procedure.subscription(() =>
      observable((observer) => {
        observer.next(1);
        observer.next(2);
        observer.complete();
      }),
    ),
  });
}

function served(tracer) {
  const server = createHTTPServer({ router: routerOf(tracer) });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve({
        url: `http://127.0.0.1:${server.address().port}`,
        close: () => {
          server.closeAllConnections();
          return new Promise((done) => server.close(done));
        },
      }),
    );
  });
}

const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
let bare;
let observed;
before(async () => {
  [bare, observed] = await Promise.all([served(undefined), served(tracer)]);
});
after(() => Promise.all([bare.close(), observed.close()]));

const seen = new Set();
async function newSpans() {
  for (let turn = 0; tracer.stats().queue.openSpans > 0; turn += 1) {
    assert.ok(turn < MOST_TURNS, "a span is left open");
    await new Promise(setImmediate);
  }
  await tracer.flush();
  const spans = memory.spans().filter(({ id }) => !seen.has(id));
  for (const { id } of spans) seen.add(id);
  return spans;
}

const input = (value) => `input=${encodeURIComponent(JSON.stringify(value))}`;
const json = { "content-type": "application/json" };
const jsonl = { "trpc-accept": "application/jsonl" };
const events = { accept: "text/event-stream" };
/** What is asked, and the spans of it: name, status, input, output. */
const SCENES = [
  [
    "query",
    `/double?${input(2)}`,
    {},
    [
      ["double", "OK", 2, 4],
      ["within", "OK", undefined, 4],
    ],
  ],
  ["no result", "/nothing", {}, [["nothing", "OK", undefined, undefined]]],
  ["mutation", "/save", { method: "POST", headers: json, body: "3" }, [["save", "OK", 3, { saved: 3 }]]],
  ["refused input", `/double?${input("x")}`, {}, [["double", "ERROR", "x", undefined]]],
  ["malformed input", "/save", { method: "POST", headers: json, body: "{" }, [["save", "ERROR", undefined, undefined]]],
  ["unread input", "/unread", { method: "POST", headers: json, body: "{" }, [["unread", "OK", undefined, "unread"]]],
  ["TRPCError", "/forbidden", {}, [["forbidden", "ERROR", undefined, undefined]]],
  ["error", "/fails", {}, [["fails", "ERROR", undefined, undefined]]],
  [
    "batch",
    `/nothing,fails?batch=1&${input({})}`,
    {},
    [
      ["nothing", "OK"],
      ["fails", "ERROR"],
    ],
  ],
  ["unknown", "/none", {}, []],
  [
    "streamed answer",
    `/count?batch=1&${input({ 0: 2 })}`,
    { headers: jsonl },
    [
      ["count", "OK", 2, [0, 1]],
      ["within", "OK", undefined, 0],
      ["within", "OK", undefined, 1],
    ],
  ],
  ["streamed failure", "/breaks?batch=1&input=%7B%7D", { headers: jsonl }, [["breaks", "ERROR", undefined, [1]]]],
  [
    "subscription",
    `/ticks?${input(2)}`,
    { headers: events },
    [
      ["ticks", "OK", 2, [0, 1]],
      ["within", "OK", undefined, 0],
      ["within", "OK", undefined, 1],
    ],
  ],
  ["observable", "/observed", { headers: events }, [["observed", "OK", undefined, [1, 2]]]],
];

const answerOf = async ({ url }, path, init) => {
  const response = await fetch(`${url}${path}`, init);
  const headers = [...response.headers].filter(([name]) => name !== "date");
  return { status: response.status, headers, body: await response.text() };
};

for (const [name, path, init, expected] of SCENES) {
  test(`over HTTP, ${name}: the same answer, and its spans`, async () => {
    assert.deepEqual(await answerOf(observed, path, init), await answerOf(bare, path, init));
    const spans = await newSpans();
    const brief = spans.map((span) => [span.name, span.status, span.input, span.output].slice(0, expected[0]?.length));
    const sorted = (rows) => rows.map((row) => JSON.stringify(row)).toSorted();
    assert.deepEqual(sorted(brief), sorted(expected));
    const procedures = spans.filter(({ parentId }) => !parentId);
    for (const span of procedures) assert.equal(span.data.kind, "trpc");
    for (const child of spans.filter(({ parentId }) => parentId)) assert.equal(child.parentId, procedures[0].id);
    const failed = procedures.find(({ name: one }) => one === "fails" || one === "breaks");
    if (failed !== undefined) assert.equal(failed.error.message, "no such row");
  });
}

test("a caller gets the same errors and results, by identity, and a procedure that calls another is its parent", async () => {
  const caller = initTRPC.create().createCallerFactory(routerOf(tracer))({});
  const outcome = (call) =>
    call().then(
      (value) => value,
      (error) => error,
    );
  assert.equal(await outcome(() => caller.forbidden()), FORBIDDEN);
  assert.equal((await outcome(() => caller.fails())).cause, FAILURE);
  const answer = await tracer.span("turn", () => caller.double(4));
  assert.equal(answer, 8);
  const values = [];
  for await (const value of await caller.count(3)) values.push(value);
  assert.deepEqual(values, [0, 1, 2]);
  const spans = await newSpans();
  const turn = spans.find(({ name }) => name === "turn");
  assert.equal(spans.find(({ name }) => name === "double").parentId, turn.id);
  assert.equal(spans.find(({ name }) => name === "forbidden").data.code, "FORBIDDEN");
});

test("a subscription that its client leaves ends, and fifty queries at the same time keep apart", async () => {
  const leaving = new AbortController();
  const response = await fetch(`${observed.url}/forever`, { headers: events, signal: leaving.signal });
  const reader = response.body.getReader();
  let text = "";
  while (!text.includes("data: 1")) text += new TextDecoder().decode((await reader.read()).value);
  leaving.abort();
  const [forever] = await newSpans();
  assert.deepEqual(forever.output, [1]);
  const asked = Array.from({ length: 50 }, (_, at) => at);
  await Promise.all(asked.map((at) => answerOf(observed, `/double?${input(at)}`, {})));
  const spans = await newSpans();
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 50);
  for (const span of spans.filter(({ name }) => name === "double")) {
    const child = spans.find(({ parentId }) => parentId === span.id);
    assert.deepEqual([child.output, span.output], [span.input * 2, span.input * 2]);
  }
});
