/**
 * Who sent a request and what they may do. A project comes from the token alone: nothing in a path, a header or a body
 * names one, so no request can reach into another.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "@everspan/protocol";
import { HttpError } from "../http/http-errors.ts";
import type { Scope } from "../http/route.ts";
import type { Logger } from "../logger.ts";
import { DEFAULT_PROJECT } from "../project.ts";
import { credentialOf, sessionCookieOf } from "./credentials.ts";
import { RateLimiter } from "./token-bucket.ts";
import { hashToken, type StoredToken, type TokenScope } from "./token-file.ts";

/** Who a request is from. */
export interface Principal {
  /** Names the token in audit lines; never the token. */
  readonly name: string;
  readonly project: string;
  readonly scopes: readonly TokenScope[];
}

export interface AccessOptions {
  /** One token for everything in the default project, given at the start. */
  readonly token: string | undefined;
  /** The tokens that were made with `everspan token`, as they are now. */
  readonly tokens: () => readonly StoredToken[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Failed attempts of one address. Guessing is hopeless anyway; this keeps it from costing anything, and from hiding. */
const FAILURES = { burst: 20, perSecond: 0.5 };
/** A sign-in of the viewer ends after 12 hours. */
const SESSION_MS = 12 * 3_600_000;
const MAX_SESSIONS = 1000;

const EVERYBODY: Principal = { name: "anybody on this machine", project: DEFAULT_PROJECT, scopes: ["admin"] };

interface Session {
  /** The token that it was begun with still counts: one that is revoked or expires ends its sessions. */
  readonly tokenHash: string;
  readonly endsAtMs: number;
}

export class Access {
  readonly #options: AccessOptions;
  readonly #failures: RateLimiter;
  readonly #sessions = new Map<string, Session>();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#failures = new RateLimiter(FAILURES, options.clock);
  }

  /** False: whoever reaches the collector may do everything, since only this machine can. */
  get asksForToken(): boolean {
    return this.#options.token !== undefined || this.#options.tokens().length > 0;
  }

  /** @throws HttpError 401 without a token that counts, 403 when its scopes don't include this one, 429 */
  permit(request: IncomingMessage, scope: Scope): Principal {
    if (scope === "public" || !this.asksForToken) return EVERYBODY;
    const principal = this.#principalOf(request);
    if (principal === undefined) throw this.#unauthorized(request);
    const { scopes } = principal;
    if (!scopes.includes("admin") && !scopes.includes(scope)) {
      throw new HttpError(403, "FORBIDDEN", `this token has the scopes ${scopes.join(", ")}; the route needs ${scope}`);
    }
    if (scope === "admin") this.#audit(principal, `${request.method} ${request.url?.split("?", 1)[0]}`);
    return principal;
  }

  /** The viewer's sign-in. @returns what the browser keeps where no script can read it. @throws HttpError 401, 429 */
  signIn(request: IncomingMessage, token: string): { readonly id: string; readonly maxAgeSeconds: number } {
    const principal = this.#principalOfToken(token);
    if (principal === undefined) throw this.#unauthorized(request);
    const id = randomBytes(32).toString("base64url");
    const endsAtMs = this.#options.clock.monotonicMs() + SESSION_MS;
    this.#sessions.set(hashToken(id), { tokenHash: hashToken(token), endsAtMs });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#audit(principal, "signed in");
    return { id, maxAgeSeconds: SESSION_MS / 1000 };
  }

  signOut(request: IncomingMessage): void {
    const id = sessionCookieOf(request);
    if (id !== undefined) this.#sessions.delete(hashToken(id));
  }

  #principalOf(request: IncomingMessage): Principal | undefined {
    const given = credentialOf(request);
    if (given !== undefined) return this.#principalOfToken(given);
    const id = sessionCookieOf(request);
    const session = id === undefined ? undefined : this.#sessions.get(hashToken(id));
    if (session === undefined || session.endsAtMs < this.#options.clock.monotonicMs()) return undefined;
    return this.#principalOfHash(session.tokenHash);
  }

  #principalOfToken(token: string): Principal | undefined {
    return this.#principalOfHash(hashToken(token));
  }

  #principalOfHash(hash: string): Principal | undefined {
    const { token, tokens, clock } = this.#options;
    if (token !== undefined && sameHash(hash, hashToken(token))) {
      return { name: "the token of the start", project: DEFAULT_PROJECT, scopes: ["admin"] };
    }
    const stored = tokens().find((candidate) => sameHash(hash, candidate.hash));
    if (stored === undefined) return undefined;
    if (stored.expiresAt !== null && Date.parse(stored.expiresAt) <= clock.wallMs()) return undefined;
    return { name: `token ${stored.id} (${stored.name})`, project: stored.project, scopes: stored.scopes };
  }

  #unauthorized(request: IncomingMessage): HttpError {
    const waitSeconds = this.#failures.take(request.socket.remoteAddress ?? "");
    if (waitSeconds > 0) {
      const message = "too many requests without a token that counts";
      return new HttpError(429, "RATE_LIMITED", message, { "retry-after": String(waitSeconds) });
    }
    this.#options.logger.warn(`audit: ${request.socket.remoteAddress} was refused: no token that counts`);
    const message = "a token is required: Authorization: Bearer <token>";
    return new HttpError(401, "UNAUTHORIZED", message, { "www-authenticate": "Bearer" });
  }

  #audit({ name, project }: Principal, what: string): void {
    this.#options.logger.info(`audit: ${name}, project ${project}: ${what}`);
  }
}

/** In time that tells nothing of where they differ. */
function sameHash(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
