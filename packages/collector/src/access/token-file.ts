/**
 * The tokens of a collector: a file in its data directory that `everspan token` writes and a running collector reads
 * again when it changes. It holds hashes, never tokens: a token is shown once, when it is made.
 */
import { createHash, randomBytes } from "node:crypto";
import { lstatSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "@hono/zod-openapi";

/** What a token may be used for; `admin` is allowed all that the others are. */
export const TOKEN_SCOPES = ["ingest", "read", "admin"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** So that a scanner for secrets knows one when it sees it, and a person too. */
export const TOKEN_PREFIX = "everspan_";

const projectName = /^[a-z0-9][a-z0-9-]{0,62}$/;

const tokenSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string(),
  project: z.string().regex(projectName),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  /** SHA-256, hex. A token has 256 random bits, so a slow hash would protect nothing more. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
});
export type StoredToken = z.output<typeof tokenSchema>;

const fileSchema = z.strictObject({ format: z.literal("everspan-tokens/1"), tokens: z.array(tokenSchema) });

export interface NewToken {
  readonly name: string;
  readonly project: string;
  readonly scopes: readonly TokenScope[];
  /** null: never. */
  readonly expiresAtMs: number | null;
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export class TokenFile {
  readonly #path: string;
  #read: { readonly version: string; readonly tokens: readonly StoredToken[] } = { version: "", tokens: [] };

  constructor(dataDirectory: string) {
    this.#path = join(dataDirectory, "tokens.json");
  }

  /** As they are on the disk now. @throws Error when the file is there and can't be trusted */
  list(): readonly StoredToken[] {
    const version = this.#version();
    if (version !== this.#read.version) this.#read = { version, tokens: version === "" ? [] : this.#parse() };
    return this.#read.tokens;
  }

  /** @returns the token, which is kept nowhere */
  create({ name, project, scopes, expiresAtMs }: NewToken, nowMs: number): { token: string; stored: StoredToken } {
    if (!projectName.test(project)) {
      throw new Error(`a project is named by lowercase letters, digits and hyphens, at most 63; got ${project}`);
    }
    const token = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
    const stored: StoredToken = {
      id: randomBytes(6).toString("hex"),
      name,
      project,
      scopes: [...scopes],
      hash: hashToken(token),
      createdAt: new Date(nowMs).toISOString(),
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    };
    this.#write([...this.list(), stored]);
    return { token, stored };
  }

  /** @returns false when no token has this id */
  revoke(id: string): boolean {
    const tokens = this.list();
    const left = tokens.filter((token) => token.id !== id);
    if (left.length === tokens.length) return false;
    this.#write(left);
    return true;
  }

  /** Changes whenever the file does; empty while there is none. */
  #version(): string {
    const stats = statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    return stats === undefined ? "" : `${stats.ino}:${stats.mtimeNs}:${stats.size}`;
  }

  #parse(): readonly StoredToken[] {
    if (!lstatSync(this.#path).isFile()) throw new Error(`${this.#path} is not a regular file`);
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.#path, "utf8"))).tokens;
    } catch (error) {
      throw new Error(`${this.#path} is damaged: restore it, or remove it and make the tokens anew`, { cause: error });
    }
  }

  /** All or nothing: a reader sees the old file or the new one. */
  #write(tokens: readonly StoredToken[]): void {
    const draft = `${this.#path}.${process.pid}`;
    const text = `${JSON.stringify({ format: "everspan-tokens/1", tokens }, null, 2)}\n`;
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    renameSync(draft, this.#path);
  }
}
