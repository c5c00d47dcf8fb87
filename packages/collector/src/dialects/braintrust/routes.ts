/** Braintrust's ingestion of rows, and what its client asks before: who it is, and a project. */
import { fromBraintrustRows, hash128 } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { json } from "../../http/http-result.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import type { PieceWriter } from "../../ingest/write-pieces.ts";

export function braintrustRoutes(receiver: BodyReceiver, pieces: PieceWriter): Route[] {
  const takeRows = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const rejected = await pieces.write(request.project, (at) => fromBraintrustRows(body, at));
    const { rows } = body as { rows: readonly { readonly id?: unknown }[] };
    return json({ ids: rows.map((row) => row?.id ?? null), ...(rejected.length > 0 && { rejected }) });
  };
  const login = (request: RouteRequest) => {
    // The guard knows this name: the client goes on with the address that it used.
    const url = `http://${request.raw.headers.host}`;
    return json({
      org_info: [{ id: "everspan", name: "everspan", api_url: url, proxy_url: url, git_metadata: { collect: "none" } }],
    });
  };
  const register = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const { project_name: name = "default" } = body as { project_name?: unknown };
    return json({ project: { id: hash128(String(name)), name: String(name), org_id: "everspan" } });
  };
  const anything = z.looseObject({});
  return [
    route({
      method: "POST",
      path: "/logs3",
      scope: "ingest",
      summary: "Braintrust: rows, each a span or what is added to one.",
      body: jsonBody("`{rows: […]}`", z.looseObject({ rows: z.array(anything) })),
      response: jsonBody("Ids of the rows.", anything),
      errors: ["INVALID_SPAN", "TOO_MANY_SPANS", "STORE_UNAVAILABLE"],
      handler: takeRows,
    }),
    route({
      method: "POST",
      path: "/api/apikey/login",
      scope: "ingest",
      summary: "Braintrust: where its client sends.",
      body: jsonBody("Ignored.", anything),
      response: jsonBody("This collector's address.", anything),
      handler: login,
    }),
    route({
      method: "POST",
      path: "/api/project/register",
      scope: "ingest",
      summary: "Braintrust: a project's id, made of its name.",
      body: jsonBody("`{project_name}`", anything),
      response: jsonBody("The project.", anything),
      handler: register,
    }),
  ];
}
