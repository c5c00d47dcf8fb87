/** The API's document, made of the route table, so that it lists what exists, with the schemas that check requests. */
import { OpenAPIHono, z } from "@hono/zod-openapi";
import { SESSION_COOKIE } from "../access/credentials.ts";
import { VERSION } from "../version.ts";
import { HTTP_ERRORS, type HttpErrorCode } from "./http-errors.ts";
import type { BodyDocument, Route } from "./route.ts";

/** What any request may be answered with. */
const ALWAYS: readonly HttpErrorCode[] = [
  "BAD_HOST",
  "BAD_REQUEST",
  "BAD_TARGET",
  "FORBIDDEN_ORIGIN",
  "INTERNAL",
  "STOPPING",
  "UNKNOWN_HOST",
];

const WITH_A_BODY: readonly HttpErrorCode[] = [
  "BAD_COMPRESSION",
  "BAD_GZIP",
  "BAD_JSON",
  "BAD_UTF8",
  "BUSY",
  "INCOMPLETE_BODY",
  "JSON_LIMIT",
  "TOO_LARGE",
  "UNSUPPORTED_ENCODING",
  "UNSUPPORTED_MEDIA_TYPE",
];

/** Every code that a route's response may carry. */
export function errorCodesOf(route: Route): ReadonlySet<HttpErrorCode> {
  return new Set([
    ...ALWAYS,
    ...(route.scope === "public" ? [] : (["FORBIDDEN", "RATE_LIMITED", "UNAUTHORIZED"] as const)),
    ...(route.scope === "read" ? (["BUSY", "UNSUPPORTED"] as const) : []),
    ...(route.query === undefined ? [] : (["BAD_QUERY"] as const)),
    ...(route.body === undefined ? [] : WITH_A_BODY),
    ...(route.errors ?? []),
  ]);
}

export function apiDocument(routes: readonly Route[]): Record<string, unknown> {
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: SESSION_COOKIE });
  for (const route of routes) registry.registerPath(operationOf(route));
  return { ...app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Everspan collector", version: VERSION } }) };
}

type Operation = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

function operationOf(route: Route): Operation {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return {
    method: route.method.toLowerCase() as "get" | "post" | "put" | "patch" | "delete",
    path: route.path,
    summary: route.summary,
    request: {
      ...(names.length > 0 && { params }),
      ...(route.query !== undefined && { query: route.query }),
      ...(route.body !== undefined && { body: { ...bodyOf(route.body), required: true } }),
    },
    responses: { 200: bodyOf(route.response), default: errorResponseOf(route) },
    ...(route.scope !== "public" && { security: [{ token: [] }, { session: [] }, {}], "x-scope": route.scope }),
  };
}

function bodyOf({ description, content }: BodyDocument) {
  return {
    description,
    content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
  };
}

function errorResponseOf(route: Route) {
  const codes = [...errorCodesOf(route)].toSorted();
  const lines = codes.map(
    (code) => `- \`${code}\` (${HTTP_ERRORS[code].statuses.join(", ")}): ${HTTP_ERRORS[code].meaning}`,
  );
  const error = z.object({ code: z.enum(codes as [HttpErrorCode, ...HttpErrorCode[]]), message: z.string() });
  return { description: lines.join("\n"), content: { "application/json": { schema: z.object({ error }) } } };
}
