/** What is asked of the store as a whole: facets, aggregates, search, sessions; and what its owner may change. */
import { AGGREGATE_GROUPS, FACET_FIELDS, MAX_COUNTED_TRACES } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";
import { HttpError } from "../http/http-errors.ts";
import { json } from "../http/http-result.ts";
import { choiceField, instantField, integerField, textField } from "../http/query-fields.ts";
import { jsonBody, type Route, route } from "../http/route.ts";
import type { DeletionQuery } from "../store/store-queries.ts";
import type { TraceStore } from "../store/trace-store.ts";
import * as schemas from "./store-schemas.ts";
import { toTraceFilter, traceFilterSchema, withoutUndefined } from "./trace-query.ts";

const MAX_FACET_VALUES = 100;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

const cursorField = () => textField("Where the page before ended: its nextCursor.");
const facetField = choiceField(FACET_FIELDS);

/** @param onRemoved called when traces of a project are gone */
export function storeRoutes(store: TraceStore, onRemoved: (project: string) => void): Route[] {
  return [...summaryRoutes(store), ...listRoutes(store), ...changeRoutes(store, onRemoved)];
}

function summaryRoutes(store: TraceStore): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/facets",
      scope: "read",
      summary: `The most frequent values of fields that traces are filtered by; field may be repeated. With filters of the list, those of the traces that fit, the newest ${MAX_COUNTED_TRACES}.`,
      query: traceFilterSchema.extend({
        field: z.union([facetField.transform((field) => [field]), z.array(facetField).max(FACET_FIELDS.length)]),
        prefix: textField("Only values that begin so, in any case.").optional(),
        limit: integerField(1, MAX_FACET_VALUES).optional(),
      }),
      response: jsonBody("The values of each field.", schemas.facetsSchema),
      handler: async ({ project, query: { field: fields, limit = MAX_FACET_VALUES, prefix, ...filters } }) => {
        const filter = toTraceFilter(filters);
        const of = Object.keys(filter).length === 0 ? undefined : filter;
        return json({ facets: await store.facets(project, withoutUndefined({ fields, limit, prefix, of })) });
      },
    }),
    route({
      method: "GET",
      path: "/api/aggregates",
      scope: "read",
      summary: "Spans, errors, latencies, tokens and cost by time and group.",
      query: z.strictObject({
        from: instantField(),
        to: instantField(),
        bucket: choiceField(["hour", "day"]).optional(),
        by: choiceField(AGGREGATE_GROUPS).optional(),
      }),
      response: jsonBody("One row for each bucket and group.", schemas.aggregatesSchema),
      handler: async ({ project, query: { from: fromMicros, to: toMicros, bucket = "hour", by } }) =>
        json(await store.aggregates(project, withoutUndefined({ fromMicros, toMicros, bucket, by }))),
    }),
  ];
}

function listRoutes(store: TraceStore): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/search",
      scope: "read",
      summary: "Where words stand in names, messages, arguments, results and errors.",
      query: z.strictObject({
        q: textField('Words, prefixes* and "phrases in quotes": all of them.'),
        traceId: textField("Only within this trace.").optional(),
        limit: integerField(1, MAX_PAGE).optional(),
        cursor: cursorField().optional(),
      }),
      response: jsonBody("One page of hits.", schemas.searchSchema),
      handler: async ({ project, query: { q: text, limit = DEFAULT_PAGE, ...rest } }) =>
        json(await store.searchText(project, withoutUndefined({ text, limit, ...rest }))),
    }),
    route({
      method: "GET",
      path: "/api/sessions",
      scope: "read",
      summary: "Sessions, the latest first.",
      query: z.strictObject({
        limit: integerField(1, MAX_PAGE).optional(),
        cursor: cursorField().optional(),
        user: textField("Only of this user.").optional(),
      }),
      response: jsonBody("One page of sessions.", schemas.sessionsSchema),
      handler: async ({ project, query: { limit = DEFAULT_PAGE, ...rest } }) =>
        json(await store.listSessions(project, withoutUndefined({ limit, ...rest }))),
    }),
  ];
}

function changeRoutes(store: TraceStore, onRemoved: (project: string) => void): Route[] {
  const remove = async (project: string, query: DeletionQuery) => {
    const removed = await store.deleteTraces(project, query);
    if (removed.deletedTraces > 0) onRemoved(project);
    return json(removed);
  };
  const pin = async (project: string, traceId: string, isPinned: boolean) => {
    if (await store.pin(project, traceId, isPinned)) return json({ pinned: isPinned });
    throw new HttpError(404, "UNKNOWN_TRACE", "no trace has this id");
  };
  return [
    route({
      method: "DELETE",
      path: "/api/traces/{traceId}",
      scope: "admin",
      summary: "Deletes a trace with all that belongs to it.",
      response: jsonBody("What was deleted.", schemas.deletionSchema),
      errors: ["UNSUPPORTED"],
      handler: ({ project, parameters }) => remove(project, { traceIds: [parameters.traceId] }),
    }),
    route({
      method: "DELETE",
      path: "/api/traces",
      scope: "admin",
      summary: "Deletes all traces of a session or of a user; one of the two is required.",
      query: z.strictObject({
        session: textField("The session.").optional(),
        user: textField("The user.").optional(),
      }),
      response: jsonBody("What was deleted.", schemas.deletionSchema),
      errors: ["UNSUPPORTED"],
      handler: async ({ project, query: { session, user } }) => {
        if (session !== undefined && user === undefined) return remove(project, { session });
        if (user !== undefined && session === undefined) return remove(project, { user });
        throw new HttpError(400, "BAD_QUERY", "either session or user is required");
      },
    }),
    route({
      method: "PUT",
      path: "/api/traces/{traceId}/pin",
      scope: "admin",
      summary: "Keeps a trace whatever its age.",
      response: jsonBody("It is kept.", schemas.pinSchema),
      errors: ["UNKNOWN_TRACE"],
      handler: ({ project, parameters }) => pin(project, parameters.traceId, true),
    }),
    route({
      method: "DELETE",
      path: "/api/traces/{traceId}/pin",
      scope: "admin",
      summary: "Lets a trace age like any other.",
      response: jsonBody("It is no longer kept.", schemas.pinSchema),
      errors: ["UNKNOWN_TRACE"],
      handler: ({ project, parameters }) => pin(project, parameters.traceId, false),
    }),
  ];
}
