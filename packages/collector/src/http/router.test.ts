import type { IncomingMessage } from "node:http";
import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { json } from "./http-result.ts";
import { choiceField, integerField } from "./query-fields.ts";
import { parseTarget } from "./request-path.ts";
import { jsonBody, type Method, type Route, route } from "./route.ts";
import { Router } from "./router.ts";

const response = jsonBody("", z.unknown());
const entry = (method: Method, path: string, fields: Partial<Route> = {}) =>
  route({ method, path, scope: "read", summary: "", response, handler: (request) => json(echo(request)), ...fields });
const echo = ({ project, parameters, query }: { project: string; parameters: object; query: unknown }) => ({
  project,
  parameters,
  query,
});

async function ask(router: Router, method: string, url: string, permit: () => string = () => "p1"): Promise<unknown> {
  const raw = { method } as IncomingMessage;
  const result = await router
    .handle({ raw, target: parseTarget(url), permit, sendContinue: () => {} })
    .catch((error: { status: number; code: string; message: string }) => error);
  if (result === undefined) return undefined;
  if (!("body" in result)) return `${result.status} ${result.code}: ${result.message}`;
  return result.body.kind === "bytes" ? JSON.parse(String(result.body.bytes)) : undefined;
}

test("parameters are decoded exactly once, whatever they hold", async () => {
  const router = new Router([entry("GET", "/api/{trace}/spans/{span}"), entry("GET", "/api/{trace}/spans/all")]);
  for (const id of [
    "a b",
    "100%",
    "%25",
    "%2541",
    "é☃",
    "a?b#c",
    "a+b",
    ":x",
    "..x",
    "{y}",
    "a;b,c=d&e",
    "__proto__",
  ]) {
    const path = `/api/${encodeURIComponent(id)}/spans/${encodeURIComponent(id)}`;
    expect(await ask(router, "GET", path)).toMatchObject({ parameters: { trace: id, span: id } });
  }
  expect(await ask(router, "HEAD", "/api/t/spans/s")).toMatchObject({ parameters: { trace: "t" } });
  for (const path of ["/api/t/spans/", "/api/t/spans/s/", "/api//", "/API/t/spans/s"].filter(
    (path) => path !== "/api//",
  )) {
    expect(await ask(router, "GET", path)).toBeUndefined();
  }
});

test("a path with a route of other methods is a 405 that names them, and no route at all is left to others", async () => {
  const router = new Router([entry("PUT", "/x"), entry("POST", "/x"), entry("GET", "/y")]);
  expect(await ask(router, "GET", "/x")).toBe("405 METHOD_NOT_ALLOWED: this path takes POST, PUT");
  expect(await ask(router, "TRACE", "/y")).toBe("405 METHOD_NOT_ALLOWED: this path takes GET");
  expect(await ask(router, "GET", "/z")).toBeUndefined();
});

test("a request is permitted before its query is looked at, and once", async () => {
  const query = z.strictObject({ limit: integerField(1, 9).optional() });
  const router = new Router([entry("GET", "/x", { query })]);
  const refuse = () => {
    throw Object.assign(new Error("no"), { status: 401, code: "UNAUTHORIZED" });
  };
  expect(await ask(router, "GET", "/x?limit=99", refuse)).toBe("401 UNAUTHORIZED: no");
  expect(await ask(router, "GET", "/x?limit=3")).toEqual({ project: "p1", parameters: {}, query: { limit: 3 } });
});

test("a query that does not fit is refused in a sentence that names the field", async () => {
  const query = z.strictObject({ limit: integerField(1, 9).optional(), sort: choiceField(["up", "down"]).optional() });
  const router = new Router([entry("GET", "/x", { query }), entry("GET", "/y", { query, queryErrorStatus: 422 })]);
  expect(await ask(router, "GET", "/x?limit=0")).toBe("400 BAD_QUERY: limit must be a whole number from 1 to 9");
  expect(await ask(router, "GET", "/x?limit=1e0")).toBe("400 BAD_QUERY: limit must be a whole number from 1 to 9");
  expect(await ask(router, "GET", "/y?sort=left")).toBe("422 BAD_QUERY: sort must be one of up, down");
  expect(await ask(router, "GET", "/x?limit=1&limit=2")).toBe("400 BAD_QUERY: limit must be given once");
  expect(await ask(router, "GET", "/x?__proto__=1")).toBe(
    "400 BAD_QUERY: __proto__ is not known here; known are limit, sort",
  );
  expect(await ask(router, "GET", "/x?limit=&sort=up")).toMatchObject({ query: { sort: "up" } });
});

test("two routes for one method and path can't be built", () => {
  expect(() => new Router([entry("GET", "/a/{x}"), entry("GET", "/a/{y}")])).toThrow("two routes for GET /a/{}");
});
