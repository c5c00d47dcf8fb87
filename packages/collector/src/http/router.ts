/** Routes are a table: what is not in it does not exist, and a route without a scope can't be written down. */
import type { IncomingMessage } from "node:http";
import { type Answer, HttpError } from "./answer.ts";
import type { RequestTarget } from "./request-path.ts";

/** Who may call a route when a token is set: `public` anybody, the others who has the token. */
export type Scope = "public" | "ingest" | "read";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Segments, `:name` for a parameter: `/api/traces/:traceId`. */
  readonly pattern: string;
  readonly scope: Scope;
  /** One sentence for the API's document. */
  readonly summary: string;
  readonly handler: Handler;
}

export type Handler = (request: RouteRequest) => Promise<Answer> | Answer;

export interface RouteRequest {
  readonly raw: IncomingMessage;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Lets the sender go on when it asked whether to send its body (`Expect: 100-continue`). */
  readonly sendContinue: () => void;
}

export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

export class Router {
  readonly routes: readonly Route[];
  readonly #patterns: readonly { route: Route; segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    this.#patterns = routes.map((route) => ({ route, segments: route.pattern.slice(1).split("/") }));
    const keys = routes.map(({ method, pattern }) => `${method} ${pattern.replaceAll(/:\w+/g, ":")}`);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) throw new Error(`two routes for ${twice}`);
  }

  /** @returns undefined when no route has this path. @throws HttpError 405 when one has it for other methods */
  match(method: string | undefined, target: RequestTarget): Match | undefined {
    const wanted = method === "HEAD" ? "GET" : method;
    const allowed: string[] = [];
    for (const { route, segments } of this.#patterns) {
      const parameters = matchSegments(segments, target.segments);
      if (parameters === undefined) continue;
      if (route.method === wanted) return { route, parameters };
      allowed.push(route.method);
    }
    if (allowed.length === 0) return undefined;
    throw new HttpError(405, "METHOD_NOT_ALLOWED", `this path takes ${allowed.join(", ")}`, {
      allow: allowed.join(", "),
    });
  }
}

function matchSegments(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== given.length) return undefined;
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, segment] of pattern.entries()) {
    const value = given[index]!;
    if (!segment.startsWith(":")) {
      if (segment !== value) return undefined;
    } else if (value === "") return undefined;
    else parameters[segment.slice(1)] = value;
  }
  return parameters;
}
