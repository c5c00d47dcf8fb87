/** `GET /api/traces/{traceId}/export`: a trace as a file. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { choiceField } from "../http/query-fields.ts";
import { type Route, route } from "../http/route.ts";
import type { TraceReader } from "../store/trace-store.ts";
import { EXPORT_FORMAT_NAMES, EXPORT_FORMATS } from "./export-formats.ts";
import { storeSource } from "./span-source.ts";

const says = EXPORT_FORMAT_NAMES.map((name) => `${name}: ${EXPORT_FORMATS[name].says}`).join("; ");

export function exportRoute(reader: TraceReader): Route {
  return route({
    method: "GET",
    path: "/api/traces/{traceId}/export",
    scope: "read",
    isStreamed: true,
    summary: "A trace as a file.",
    query: z.strictObject({
      format: choiceField(EXPORT_FORMAT_NAMES)
        .optional()
        .openapi({ description: `Default native. ${says}.` }),
    }),
    response: {
      description: "The file, as it is read from the store.",
      content: { "application/x-ndjson": z.string(), "text/markdown": z.string() },
    },
    errors: ["BAD_QUERY", "UNKNOWN_TRACE"],
    handler: async ({ project, parameters: { traceId }, query: { format = "native" } }) => {
      const source = storeSource(reader, project);
      if ((await source.trace(traceId)) === undefined)
        throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
      const { write, mediaType, extension } = EXPORT_FORMATS[format];
      const name = `${traceId.replace(/[^\w.-]+/g, "_").slice(0, 100)}.${extension}`;
      return {
        status: 200,
        headers: { "content-disposition": `attachment; filename="${name}"` },
        body: {
          kind: "stream",
          type: mediaType,
          // A reader that goes away, or a store that fails on the way, ends the file early: the connection breaks.
          start: (response) => {
            pipeline(Readable.from(write(source, traceId)), response).catch(() => response.destroy());
          },
        },
      };
    },
  });
}
