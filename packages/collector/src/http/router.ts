/**
 * Finds the route of a request, has it permitted, checks its query and calls its handler. Paths are matched by Hono.
 * It is given requests without their headers and bodies: those stay on the raw request, where the body's bounds are
 * kept while it arrives, and results are written by the server, as bytes or streams.
 */
import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import { HttpError } from "./http-errors.ts";
import type { HttpResult } from "./http-result.ts";
import { queryErrorMessage, queryRecord } from "./query-fields.ts";
import type { RequestTarget } from "./request-path.ts";
import type { Route, Scope } from "./route.ts";

export interface RouterRequest {
  readonly raw: IncomingMessage;
  readonly target: RequestTarget;
  /** @returns the project. @throws HttpError 401 or 403 when the sender may not use routes of this scope */
  readonly permit: (scope: Scope) => string;
  readonly sendContinue: () => void;
}

export type OnServed = (served: {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}) => void;

interface Bindings extends RouterRequest {
  result: HttpResult | undefined;
}

type Environment = { Bindings: Bindings };

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export class Router {
  readonly routes: readonly Route[];
  readonly #app = new Hono<Environment>({ getPath: (_, options) => options!.env!.target.path });

  /** @param onServed told of each request that had a route */
  constructor(routes: readonly Route[], onServed: OnServed = () => {}) {
    // Node loads what makes this global when it is first asked for: not while the first request waits.
    void globalThis.Response;
    this.routes = routes;
    const keys = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) throw new Error(`two routes for ${twice}`);
    for (const route of routes) {
      this.#app.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ":$1"), async (context) => {
        const startedMs = performance.now();
        let status = 500;
        try {
          context.env.result = await serve(route, context);
          ({ status } = context.env.result);
        } catch (error) {
          if (error instanceof HttpError) ({ status } = error);
          throw error;
        } finally {
          const { method = "GET" } = context.env.raw;
          onServed({ method, route: route.path, status, seconds: (performance.now() - startedMs) / 1000 });
        }
        return new Response(null);
      });
    }
    this.#app.notFound((context) => {
      this.#refuseMethod(context.env.target.path);
      return new Response(null, { status: 404 });
    });
    this.#app.onError((error) => {
      throw error;
    });
  }

  /** @returns undefined when no route has this path. @throws HttpError, and what the handler throws */
  async handle(request: RouterRequest): Promise<HttpResult | undefined> {
    const bindings: Bindings = { ...request, result: undefined };
    await this.#app.fetch(matchable(request.raw), bindings);
    return bindings.result;
  }

  /** @throws HttpError 405 when the path has a route, of other methods than this one */
  #refuseMethod(path: string): void {
    const allowed = METHODS.filter((method) => this.#app.router.match(method, path)[0].length > 0);
    if (allowed.length === 0) return;
    const allow = allowed.join(", ");
    throw new HttpError(405, "METHOD_NOT_ALLOWED", `this path takes ${allow}`, { allow });
  }
}

async function serve(route: Route, context: Context<Environment>): Promise<HttpResult> {
  const { raw, target, permit, sendContinue } = context.env;
  const project = permit(route.scope);
  const parameters = context.req.param() as Readonly<Record<string, string>>;
  const query = readQuery(route, target.query);
  return route.handler({ raw, project, parameters, query, sendContinue });
}

/** @throws HttpError 400 or 422 that names the field */
function readQuery({ query, queryErrorStatus = 400 }: Route, given: URLSearchParams): unknown {
  if (query === undefined) return {};
  const parsed = query.safeParse(queryRecord(given));
  if (parsed.success) return parsed.data;
  throw new HttpError(queryErrorStatus, "BAD_QUERY", queryErrorMessage(parsed.error, Object.keys(query.shape)));
}

/** All that Hono reads of a request. A whole `Request` costs seven times as much to make as it takes to find a route. */
function matchable({ method }: IncomingMessage): Request {
  return { method } as Request;
}
