import type { z } from "@hono/zod-openapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storedSpanSchema, traceListSchema, traceSchema } from "../query/trace-schemas.ts";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { HTTP_ERRORS } from "./http-errors.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
  const items = [
    sgpItem({ input: { q: 1 }, metadata: { a: 1, usage: { input_tokens: 3, output_tokens: 4 } } }),
    sgpItem({ id: "span-2", parent_id: "span-1", status: "ERROR", end_timestamp: undefined }),
  ];
  expect((await fixture.send("PUT", "/v5/spans/batch", { items })).status).toBe(200);
});
afterAll(() => fixture.stop());

interface Operation {
  readonly summary: string;
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

async function operations(): Promise<[string, Operation][]> {
  const { paths } = (await (await fixture.get("/api/openapi.json")).json()) as { paths: Paths };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
}

test("the document lists each route with its schemas, its scope and the codes of the table", async () => {
  const all = new Map(await operations());
  expect(all.get("get /api/traces")).toMatchObject({
    parameters: expect.arrayContaining([
      { name: "limit", in: "query", required: false, schema: { type: "integer", minimum: 1, maximum: 500 } },
    ]),
    security: [{ token: [] }, { session: [] }, {}],
  });
  expect(all.get("get /healthz")).not.toHaveProperty("security");
  for (const [name, { responses, requestBody, summary }] of all) {
    expect(summary, name).not.toBe("");
    expect(responses["200"], name).toBeDefined();
    expect(requestBody !== undefined, name).toBe(/^(post|put|patch) (?!.*\/pin$)/.test(name));
    const codes = [...responses.default!.description.matchAll(/`(\w+)`/g)].map(([, code]) => code!);
    expect(
      codes.every((code) => code in HTTP_ERRORS),
      name,
    ).toBe(true);
  }
});

test.each<[string, z.ZodType]>([
  ["/api/traces", traceListSchema],
  ["/api/traces/trace-1", traceSchema],
  ["/api/traces/trace-1/spans/span-1", storedSpanSchema],
])("what %s gives back is what the document says", async (path, schema) => {
  expect(schema.safeParse(await (await fixture.get(path)).json()).error?.issues).toBeUndefined();
});
