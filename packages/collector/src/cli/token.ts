/** `everspan token`: makes, lists and revokes the tokens of a collector, running or not. */
import { TOKEN_SCOPES, TokenFile, type TokenScope } from "../access/token-file.ts";
import { openDataFolder } from "../data-directory.ts";
import { oneLine } from "../logger.ts";
import { UsageError } from "./usage-error.ts";

export interface TokenCreateOptions {
  readonly data: string;
  readonly name: string;
  readonly project: string;
  readonly scope: readonly string[];
  readonly expires?: string;
}

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

/** @throws UsageError */
export function createToken({ data, name, project, scope, expires }: TokenCreateOptions): number {
  const scopes = scope.map(parseScope);
  if (scopes.length === 0) throw new UsageError(`--scope must be given: ${TOKEN_SCOPES.join(", ")}`);
  const nowMs = Date.now();
  const expiresAtMs = expires === undefined ? null : nowMs + parseLife(expires);
  const { token, stored } = fileIn(data).create({ name, project, scopes, expiresAtMs }, nowMs);
  process.stderr.write(`token ${stored.id} of project ${project} (${scopes.join(", ")}); it is shown this once:\n`);
  process.stdout.write(`${token}\n`);
  return 0;
}

export function listTokens(data: string): number {
  const tokens = fileIn(data).list();
  if (tokens.length === 0) process.stdout.write("there are no tokens\n");
  for (const { id, name, project, scopes, createdAt, expiresAt } of tokens) {
    const ends = expiresAt === null ? "does not expire" : `expires ${expiresAt}`;
    process.stdout.write(`${id}  ${project}  ${scopes.join(",")}  made ${createdAt}, ${ends}  ${oneLine(name)}\n`);
  }
  return 0;
}

/** @returns 1 when no token has this id */
export function revokeToken(data: string, id: string): number {
  if (fileIn(data).revoke(id)) {
    process.stdout.write(`token ${id} is revoked\n`);
    return 0;
  }
  process.stderr.write(`everspan: no token has the id ${oneLine(id)}\n`);
  return 1;
}

function fileIn(data: string): TokenFile {
  return new TokenFile(openDataFolder(data));
}

function parseScope(text: string): TokenScope {
  const scope = TOKEN_SCOPES.find((known) => known === text);
  if (scope === undefined) throw new UsageError(`--scope must be one of ${TOKEN_SCOPES.join(", ")}, got ${text}`);
  return scope;
}

function parseLife(text: string): number {
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined && Number(count) > 0) return Number(count) * UNITS_MS[unit]!;
  throw new UsageError(`--expires must be hours or days, such as 12h or 90d; got ${text}`);
}
