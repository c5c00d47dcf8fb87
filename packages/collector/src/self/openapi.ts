/** The API's document, made of the route table, so that it lists what exists. */
import type { Route } from "../http/router.ts";
import { VERSION } from "../version.ts";

export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.pattern.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Everspan collector", version: VERSION },
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}

function operationOf(route: Route): Record<string, unknown> {
  const parameters = [...route.pattern.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(route.method !== "GET" && { requestBody: { required: true, content: { "application/json": {} } } }),
    responses: { "200": { description: "Success." }, default: { description: "{error: {code, message}}" } },
    ...(route.scope !== "public" && { security: [{ token: [] }, {}] }),
  };
}
