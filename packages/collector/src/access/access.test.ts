import { hash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeNativeBatch } from "@everspan/protocol";
import { ManualClock } from "@everspan/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Logger, silentLogger } from "../logger.ts";
import { snapshot } from "../store/trace-store.contract.ts";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { TOKEN_PREFIX, TokenFile, type TokenScope } from "./token-file.ts";

const HOUR_MS = 3_600_000;

function newToken(
  file: TokenFile,
  scopes: readonly TokenScope[],
  project = "default",
  expiresAtMs: number | null = null,
) {
  return file.create({ name: scopes.join(), project, scopes, expiresAtMs }, Date.now());
}

describe("the file of tokens", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "everspan-tokens-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("X24 holds hashes for its owner's eyes only, and a token is kept nowhere", () => {
    const { token, stored } = newToken(new TokenFile(directory), ["ingest"]);
    const path = join(directory, "tokens.json");
    expect(token).toMatch(new RegExp(`^${TOKEN_PREFIX}[\\w-]{43}$`));
    expect(readFileSync(path, "utf8")).not.toContain(token.slice(TOKEN_PREFIX.length));
    expect(readFileSync(path, "utf8")).toContain(hash("sha256", token));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(new TokenFile(directory).list()).toEqual([stored]);
  });

  test("is read again when it changes, by who had it open", () => {
    const [writer, reader] = [new TokenFile(directory), new TokenFile(directory)];
    expect(reader.list()).toEqual([]);
    const { stored } = newToken(writer, ["read"]);
    expect(reader.list()).toHaveLength(1);
    expect(writer.revoke(stored.id)).toBe(true);
    expect(writer.revoke(stored.id)).toBe(false);
    expect(reader.list()).toEqual([]);
  });

  test("is no open door when it is damaged, and a project has a plain name", () => {
    writeFileSync(join(directory, "tokens.json"), "{}");
    expect(() => new TokenFile(directory).list()).toThrow(/is damaged/);
    rmSync(join(directory, "tokens.json"));
    for (const project of ["", "A", "a/b", "../x", "a".repeat(64)]) {
      expect(() => newToken(new TokenFile(directory), ["read"], project)).toThrow(/a project is named by/);
    }
  });
});

describe("with tokens", () => {
  let directory: string;
  let fixture: CollectorFixture;
  let file: TokenFile;
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const logger: Logger = { ...silentLogger, info: note, warn: note };
  const clock = new ManualClock();
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const tokens = {} as Record<TokenScope, string>;

  beforeAll(async () => {
    fixture = await CollectorFixture.start({ clock, logger });
    directory = fixture.directory;
    file = new TokenFile(directory);
    for (const scope of ["ingest", "read", "admin"] as const) tokens[scope] = newToken(file, [scope]).token;
  });
  afterAll(() => fixture.stop());

  interface Operation {
    readonly "x-scope"?: string;
  }

  /** Every route of the document. */
  async function routes(): Promise<[method: string, path: string, scope: string][]> {
    const document = await (await fixture.get("/api/openapi.json", bearer(tokens.read))).json();
    const { paths } = document as { paths: Record<string, Record<string, Operation>> };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, string] => [
        method.toUpperCase(),
        path.replaceAll(/[{}]/g, ""),
        operation["x-scope"] ?? "public",
      ]),
    );
  }

  test("X6 every route answers who has its scope, and 401 or 403 who has not", async () => {
    const table = await routes();
    expect(table.length).toBeGreaterThan(25);
    expect(new Set(table.map(([, , scope]) => scope))).toEqual(new Set(["public", "ingest", "read", "admin"]));
    for (const [method, path, scope] of table.filter(([, path]) => path !== "/api/live")) {
      const statusWith = async (headers: Record<string, string>) => {
        const body = method === "GET" ? undefined : "{}";
        const all = { ...headers, ...(body !== undefined && { "content-type": "application/json" }) };
        const response = await fetch(fixture.collector.url + path, { method, headers: all, ...(body && { body }) });
        await response.arrayBuffer();
        return response.status;
      };
      for (const [name, token] of Object.entries(tokens)) {
        const isAllowed = scope === "public" || name === "admin" || name === scope;
        const status = await statusWith(bearer(token));
        expect(status === 403, `${method} ${path} with ${name}: ${status}`).toBe(!isAllowed);
      }
      if (scope !== "public") {
        expect([401, 429], `${method} ${path}`).toContain(await statusWith({}));
        expect([401, 429], `${method} ${path}`).toContain(await statusWith(bearer("wrong")));
        await clock.advance(HOUR_MS / 12);
      }
    }
  });

  test("X15 X16 X38 what one project sent is not there for another, on any route", async () => {
    const [one, two] = ["one", "two"].map((project) => bearer(newToken(file, ["ingest", "read"], project).token));
    const items = [sgpItem({ id: "shared", trace_id: "secret", name: "of one", input: { secret: "needle" } })];
    expect((await fixture.send("PUT", "/v5/spans/batch", { items }, one)).status).toBe(200);
    const producer = { id: "e".repeat(32), batch: 1, firstSeq: 1, lastSeq: 1 };
    const nameBlob = (text: string) => hash("sha256", text).slice(0, 32);
    const large = snapshot({ traceId: "secret", id: "native", input: { text: "needle ".repeat(100) } });
    const whole = encodeNativeBatch([large], { nameBlob, isKept: () => false, producer });
    expect((await fixture.send("POST", "/v1/everspan/batch", whole, one)).status).toBe(200);
    const fetched = async (path: string, headers: Record<string, string>) => (await fixture.get(path, headers)).text();
    expect(await fetched("/api/traces/secret?payloads=full", one!)).toContain("needle");
    for (const path of [
      "/api/traces",
      "/api/traces/secret?payloads=full",
      "/api/traces/secret/spans/shared",
      "/v5/spans/shared",
      "/spans/shared",
      "/spans?trace_id=secret",
      "/api/producers",
      "/api/stats",
    ]) {
      const text = await fetched(path, two!);
      expect(text, path).not.toMatch(/needle|of one|e{32}|"(traces|spans)":[1-9]/);
    }
    const search = await fixture.send("POST", "/v5/spans/search", { trace_ids: ["secret"] }, two);
    expect(await search.json()).toMatchObject({ items: [] });
    // The name of a blob is a hash that another may know: it opens nothing.
    const sparse = encodeNativeBatch([large], { nameBlob, isKept: () => true, producer: { ...producer, batch: 2 } });
    expect((await fixture.send("POST", "/v1/everspan/batch", sparse, two)).status).toBe(409);
    expect((await fixture.send("POST", "/v1/everspan/batch", sparse, one)).status).toBe(200);
    // The same ids written by the other are the other's own.
    await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ id: "shared", trace_id: "secret" })] }, two);
    expect(await fetched("/api/traces/secret/spans/shared", one!)).toContain("needle");
  });

  test("X32 guessing is slowed down and written down, and who has a token is not held up by it", async () => {
    const statuses = [];
    for (let i = 0; i < 40; i++) statuses.push((await fixture.get("/api/traces", bearer(`guess${i}`))).status);
    expect(statuses).toContain(401);
    expect(statuses.at(-1)).toBe(429);
    expect((await fixture.get("/api/traces", bearer("guess"))).headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await fixture.get("/api/traces", bearer(tokens.read))).status).toBe(200);
    await clock.advance(HOUR_MS);
    expect((await fixture.get("/api/traces", bearer("guess"))).status).toBe(401);
    expect(lines.join("\n")).toContain("audit: 127.0.0.1 was refused");
  });

  test("a token that is revoked or expires counts no more, and with it its sign-ins", async () => {
    const { token, stored } = newToken(file, ["read"]);
    const signIn = await fixture.send("POST", "/api/session", { token });
    const cookie = signIn.headers.get("set-cookie")!;
    expect(cookie).toMatch(/^everspan_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const withCookie = { cookie: cookie.split(";")[0]! };
    expect((await fixture.get("/api/traces", withCookie)).status).toBe(200);
    expect((await fixture.get("/api/traces", { cookie: "everspan_session=guess" })).status).toBe(401);
    file.revoke(stored.id);
    expect((await fixture.get("/api/traces", bearer(token))).status).toBe(401);
    expect((await fixture.get("/api/traces", withCookie)).status).toBe(401);
    const short = newToken(file, ["read"], "default", clock.wallMs() + HOUR_MS).token;
    expect((await fixture.get("/api/traces", bearer(short))).status).toBe(200);
    await clock.advance(HOUR_MS);
    expect((await fixture.get("/api/traces", bearer(short))).status).toBe(401);
  });

  test("X31 a page of another origin changes nothing, though the browser is signed in", async () => {
    const response = await fixture.send("POST", "/api/session", { token: tokens.admin });
    const cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    for (const [method, path] of (await routes()).filter(([method]) => method !== "GET")) {
      const headers = { cookie, origin: "https://evil.test", "content-type": "text/plain" };
      const status = (await fetch(fixture.collector.url + path, { method, headers, body: "{}" })).status;
      expect(status, `${method} ${path}`).toBe(403);
    }
    expect((await fixture.get("/api/traces", { cookie })).status).toBe(200);
  });

  test("a sign-in ends by signing out, and after twelve hours", async () => {
    const cookieOf = async () => {
      const response = await fixture.send("POST", "/api/session", { token: tokens.read });
      return { cookie: response.headers.get("set-cookie")!.split(";")[0]! };
    };
    const [first, second] = [await cookieOf(), await cookieOf()];
    await fixture.send("DELETE", "/api/session", undefined, first);
    expect((await fixture.get("/api/traces", first)).status).toBe(401);
    expect((await fixture.get("/api/traces", second)).status).toBe(200);
    await clock.advance(12 * HOUR_MS + 1);
    expect((await fixture.get("/api/traces", second)).status).toBe(401);
    expect((await fixture.send("POST", "/api/session", { token: "wrong" })).status).toBe(401);
    expect((await fixture.send("POST", "/api/session", { tokens: 1 })).status).toBe(422);
  });

  test("X24 audit lines name tokens by their id, and hold none", async () => {
    await fixture.send("DELETE", "/api/traces/none", undefined, bearer(tokens.admin));
    const text = lines.join("\n");
    expect(text).toMatch(/audit: token [0-9a-f]{12} \(admin\), project default: DELETE \/api\/traces\/none/);
    for (const token of Object.values(tokens)) expect(text).not.toContain(token);
  });
});

test("X4 beyond this machine nothing is served in clear, and nothing without a token", async () => {
  const token = "a token";
  await expect(CollectorFixture.start({ host: "0.0.0.0" })).rejects.toThrow(/needs a token/);
  await expect(CollectorFixture.start({ host: "0.0.0.0", token })).rejects.toThrow(/in clear.*--behind-proxy/);
  await (await CollectorFixture.start({ host: "0.0.0.0", token, behindProxy: true })).stop();
});
