/**
 * Routes are a table: what is not in it does not exist, and a route without a scope can't be written down. One entry
 * says who may call a route, which schemas check its request, and what the API's document says of it.
 */
import type { IncomingMessage } from "node:http";
import type { z } from "@hono/zod-openapi";
import type { HttpErrorCode } from "./http-errors.ts";
import type { HttpResult } from "./http-result.ts";

/** Who may call a route where tokens are asked for: `public` anybody, the others who has a token of that scope. */
export type Scope = "public" | "ingest" | "read" | "admin";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A request as its handler sees it: guarded, permitted, its query checked. The body is still to be read. */
export interface RouteRequest<Parameters = Readonly<Record<string, string>>, Query = unknown> {
  readonly raw: IncomingMessage;
  /** The project that the sender's token belongs to. */
  readonly project: string;
  /** Of the path, each decoded once and not empty. */
  readonly parameters: Parameters;
  /** What the route's query schema made of the query string; an empty object without one. */
  readonly query: Query;
  /** Lets the sender go on when it asked whether to send its body (`Expect: 100-continue`). */
  readonly sendContinue: () => void;
}

/** What is said of a body, of a request or a response, in the API's document. */
export interface BodyDocument {
  readonly description: string;
  /** Media type and schema. A schema here describes; what reads a request's body checks it. */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

interface RouteFields<Path extends string> {
  readonly method: Method;
  /** e.g. `/api/traces/{traceId}` */
  readonly path: Path;
  readonly scope: Scope;
  /** One sentence for the API's document. */
  readonly summary: string;
  /** Status of the response to a query that does not fit. Default 400. */
  readonly queryErrorStatus?: 400 | 422;
  /**
   * Its result is a stream, or it reads its body as one: it runs in the process that holds the connection, while others
   * may run in a worker. Default false.
   */
  readonly isStreamed?: boolean;
  readonly body?: BodyDocument;
  readonly response: BodyDocument;
  /** Codes that this route's handler answers with beyond those that `api-document.ts` lists for every route of its kind. */
  readonly errors?: readonly HttpErrorCode[];
}

export interface Route extends RouteFields<string> {
  readonly query?: z.ZodObject;
  handler(request: RouteRequest): Promise<HttpResult> | HttpResult;
}

type ParametersOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name | keyof ParametersOf<Rest>]: string }
  : { readonly [Key in never]: string };

/** One entry of the table, with its handler's request typed by the path and the query schema. */
export function route<const Path extends string, Query extends z.ZodObject = z.ZodObject<Record<never, never>>>(
  entry: RouteFields<Path> & {
    readonly query?: Query;
    readonly handler: (request: RouteRequest<ParametersOf<Path>, z.output<Query>>) => Promise<HttpResult> | HttpResult;
  },
): Route {
  return entry as unknown as Route;
}

/** A body of JSON. */
export function jsonBody(description: string, schema: z.ZodType): BodyDocument {
  return { description, content: { "application/json": schema } };
}
