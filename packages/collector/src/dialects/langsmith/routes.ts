/**
 * LangSmith's ingestion: runs in batches as JSON or as a form of parts, and one by one. A run comes as a creation and
 * its patches; whatever the order, they are joined.
 */
import { fromLangSmithBatch, fromLangSmithRun } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { json } from "../../http/http-result.ts";
import { jsonBody, type Route, type RouteRequest, route } from "../../http/route.ts";
import { formParts } from "../../ingest/multipart.ts";
import type { BodyReceiver } from "../../ingest/receive.ts";
import type { PieceWriter } from "../../ingest/write-pieces.ts";
import { MAX_BODY_BYTES } from "../../limits.ts";
import { VERSION } from "../../version.ts";
import { runsOfParts } from "./run-parts.ts";

/** What the client asks before it sends: how large its batches may be, and that it may send forms. */
const INFO = {
  version: `everspan-${VERSION}`,
  batch_ingest_config: {
    use_multipart_endpoint: true,
    size_limit: 100,
    size_limit_bytes: 20 * 1024 * 1024,
    scale_up_qsize_trigger: 1000,
    scale_up_nthreads_limit: 16,
    scale_down_nempty_trigger: 4,
  },
  instance_flags: { gzip_body_enabled: true },
};

export function langSmithRoutes(receiver: BodyReceiver, pieces: PieceWriter): Route[] {
  const takeBatch = async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    return taken(await pieces.write(request.project, (at) => fromLangSmithBatch(body, at)));
  };
  const takeForm = async (request: RouteRequest) => {
    const limits = { types: ["multipart/form-data"], maxCompressedBytes: MAX_BODY_BYTES };
    const bytes = await receiver.receiveBytes(request, limits);
    const parts = formParts(bytes, request.raw.headers["content-type"] ?? "");
    const runs = runsOfParts(parts, (part) => receiver.parseJson(request, part));
    return taken(await pieces.write(request.project, (at) => fromLangSmithBatch(runs, at)));
  };
  const takeRun = (operation: "post" | "patch") => async (request: RouteRequest) => {
    const body = await receiver.receiveJson(request);
    const { runId } = request.parameters;
    const run = typeof body === "object" && body !== null && runId !== undefined ? { ...body, id: runId } : body;
    return taken(
      await pieces.write(request.project, (at) => {
        const piece = fromLangSmithRun(run, operation, at);
        if ("reason" in piece) return { ok: false, status: 422, message: piece.reason };
        return { ok: true, pieces: [piece], rejected: [] };
      }),
    );
  };
  const entry = (
    method: "POST" | "PATCH",
    path: string,
    summary: string,
    handler: (request: RouteRequest) => Promise<ReturnType<typeof json>>,
  ) =>
    route({
      method,
      path,
      scope: "ingest",
      summary,
      body: jsonBody("Runs of LangSmith.", z.looseObject({})),
      response: jsonBody("The runs that had no place; an empty object when all were taken.", z.looseObject({})),
      errors: ["INVALID_SPAN", "TOO_MANY_SPANS", "STORE_UNAVAILABLE", "BAD_MULTIPART"],
      handler,
    });
  return [
    entry("POST", "/runs/batch", "LangSmith: creates and patches runs.", takeBatch),
    entry("POST", "/runs/multipart", "LangSmith: the same as a form of parts.", takeForm),
    entry("POST", "/runs", "LangSmith: creates one run.", takeRun("post")),
    entry("PATCH", "/runs/{runId}", "LangSmith: patches one run.", takeRun("patch")),
    route({
      method: "GET",
      path: "/info",
      scope: "ingest",
      summary: "LangSmith: how its client may send.",
      response: jsonBody("Limits of a batch.", z.looseObject({})),
      handler: () => json(INFO),
    }),
  ];
}

/** The client reads no more than the status: what had no place is said all the same. */
function taken(rejected: readonly { readonly id: string; readonly reason: string }[]) {
  return json(rejected.length === 0 ? {} : { rejected }, 202);
}
