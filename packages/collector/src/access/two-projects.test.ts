import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { TokenFile } from "./token-file.ts";

/** Ids are shared on purpose: both projects write to the same traces and spans, each with its own words. */
const TRACES = ["t1", "t2"];
const SPANS = ["s1", "s2", "s3"];
const WORDS = { one: "needle", two: "noodle" } as const;
type Project = keyof typeof WORDS;

let fixture: CollectorFixture;
const headers = {} as Record<Project, Record<string, string>>;
let readPaths: readonly string[];

beforeAll(async () => {
  fixture = await CollectorFixture.start();
  const file = new TokenFile(fixture.directory);
  for (const project of ["one", "two"] as const) {
    const { token } = file.create({ name: project, project, scopes: ["admin"], expiresAtMs: null }, Date.now());
    headers[project] = { authorization: `Bearer ${token}` };
  }
  const document = await (await fixture.get("/api/openapi.json", headers.one)).json();
  const { paths } = document as { paths: Record<string, Record<string, { "x-scope"?: string }>> };
  // The live stream does not end, and what is said of the process is no project's.
  const others = ["/api/live", "/api/openapi.json", "/metrics", "/healthz"];
  readPaths = Object.keys(paths).filter((path) => paths[path]!.get !== undefined && !others.includes(path));
});
afterAll(() => fixture.stop());

const project = fc.constantFrom<Project>("one", "two");
const traceId = fc.constantFrom(...TRACES);
const spanId = fc.constantFrom(...SPANS);
interface Action {
  readonly kind: string;
  readonly project: Project;
  readonly traceId: string;
  readonly spanId: string;
}
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom("sgp", "agentex", "otlp", "patch", "delete", "pin"),
  project,
  traceId,
  spanId,
});

async function perform({ kind, project, traceId, spanId }: Action): Promise<void> {
  const word = WORDS[project];
  const send = (method: string, path: string, body: unknown) => fixture.send(method, path, body, headers[project]);
  const data = { tags: [word], user: word, session: word };
  const times = { start_time: "2026-01-31T12:00:00Z", end_time: "2026-01-31T12:00:01Z" };
  const requests: Record<string, () => Promise<Response>> = {
    sgp: () =>
      send("PUT", "/v5/spans/batch", {
        items: [sgpItem({ id: spanId, trace_id: traceId, name: word, input: { word }, metadata: data })],
      }),
    agentex: () =>
      send("POST", "/spans", { id: spanId, trace_id: traceId, name: word, output: { word }, data, ...times }),
    otlp: () =>
      send("POST", "/v1/traces", {
        resourceSpans: [
          {
            resource: { attributes: [{ key: "service.name", value: { stringValue: word } }] },
            scopeSpans: [{ spans: [{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: word }] }],
          },
        ],
      }),
    patch: () => send("PATCH", `/v5/spans/${spanId}`, { output: { word } }),
    delete: () => send("DELETE", `/api/traces/${traceId}`, {}),
    pin: () => send("PUT", `/api/traces/${traceId}/pin`, {}),
  };
  const response = await requests[kind]!();
  expect(response.status, `${kind}: ${await response.text()}`).toBeLessThan(500);
}

/** Each path with the ids that both have, and each list also with the other's words as filters. */
function questions(path: string, others: string): string[] {
  const filled = TRACES.flatMap((trace) =>
    SPANS.map((span) => path.replace("{traceId}", trace).replace("{spanId}", span).replace("{runId}", span)),
  );
  const queries: Record<string, readonly string[]> = {
    "/api/traces": ["", `?q=${others}`, `?service=${others}`, `?user=${others}`, `?tag=${others}`, "?sort=-spanCount"],
    "/api/traces/{traceId}": ["?payloads=full", "?since=0"],
    "/api/facets": ["?field=service&field=user&field=session&field=tag&field=name"],
    "/api/search": [`?q=${others}`, `?q=${others.slice(0, 3)}*`],
    "/api/aggregates": ["?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z&by=name"],
    "/api/sessions": ["", `?user=${others}`],
    "/spans": TRACES.map((trace) => `?trace_id=${trace}`),
  };
  return [...new Set(filled)].flatMap((one) => (queries[path] ?? [""]).map((query) => one + query));
}

test("X15 X16 whatever two projects write, change and delete under the same ids, neither sees a word of the other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
      for (const one of actions) await perform(one);
      for (const [reader, owner] of [
        ["one", "two"],
        ["two", "one"],
      ] as const) {
        for (const question of readPaths.flatMap((path) => questions(path, WORDS[owner]))) {
          const response = await fixture.get(question, headers[reader]);
          expect(await response.text(), `${question} as ${reader}`).not.toContain(WORDS[owner]);
          expect(response.status, question).toBeLessThan(500);
        }
        const search = await fixture.send("POST", "/v5/spans/search", { trace_ids: TRACES }, headers[reader]);
        expect(await search.text()).not.toContain(WORDS[owner]);
      }
    }),
    { numRuns: 12 },
  );
});

test("X30 an id alone opens nothing: who may not read it is answered as for one that never was", async () => {
  const known = { traceId: "known-trace", spanId: "known-span" };
  const unknown = { traceId: "other-trace", spanId: "other-span" };
  const item = sgpItem({ id: known.spanId, trace_id: known.traceId });
  expect((await fixture.send("PUT", "/v5/spans/batch", { items: [item] }, headers.one)).status).toBe(200);
  const byId = readPaths.filter((path) => path.includes("{"));
  expect(byId.length).toBeGreaterThan(3);
  const ask = async (path: string, ids: typeof known, as: Record<string, string>) => {
    const { traceId, spanId } = ids;
    const asked = path.replace("{traceId}", traceId).replace(/\{\w+\}/, spanId);
    const response = await fixture.get(asked, as);
    return [response.status, (await response.text()).replaceAll(traceId, "ID").replaceAll(spanId, "ID")];
  };
  const found = [];
  for (const path of byId) {
    const [owned, guessed] = [await ask(path, known, headers.two), await ask(path, unknown, headers.two)];
    expect(owned, path).toEqual(guessed);
    expect((await ask(path, known, {}))[0], path).toBe(401);
    found.push((await ask(path, known, headers.one))[0]);
  }
  // Its owner does read it.
  expect(found).toContain(200);
});

test("the routes that are read are all that the document has", () => {
  expect(readPaths.length).toBeGreaterThan(10);
});
