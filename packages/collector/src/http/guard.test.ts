import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture, requestHead, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start({ allowHosts: ["traces.example.com"] });
});
afterAll(() => fixture.stop());

describe("X1 only this server's own exact names are served", () => {
  const get = (lines: string[], target = "/api/traces") => fixture.raw(requestHead(target, lines));

  test.each(["localhost", "127.0.0.1", "[::1]", "traces.example.com"])("%s with the port is served", async (name) => {
    expect((await get([`Host: ${name}:${fixture.port}`])).status).toBe(200);
  });

  test.each(["localhost:9999", "127.0.0.1:1", "localhost", "[::1]:65535"])(
    "%s is served: this machine through a forwarded port",
    async (host) => expect((await get([`Host: ${host}`])).status).toBe(200),
  );

  test("and a page behind another port of this machine is still another origin", async () => {
    expect((await get(["Host: localhost:9999", "Origin: http://localhost:3000"])).status).toBe(403);
  });

  test("an allowed name is served without the port too, as behind a proxy", async () => {
    expect((await get(["Host: traces.example.com"])).status).toBe(200);
  });

  test.each([
    "evil.test",
    "evil.test:PORT",
    "127.0.0.1.evil.test:PORT",
    "localhost.evil.test:PORT",
    "LOCALHOST:PORT",
    "localhost.:PORT",
    "localhost:",
    "localhost:123456",
    "localhost:80:80",
    "127.0.0.1:x",
    "127.1:PORT",
    "2130706433:PORT",
    "0.0.0.0:PORT",
    "[::1%25lo]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "user@localhost:PORT",
    "localhost:PORT, evil.test",
    "traces.example.com.evil.test",
    "",
  ])("%j is refused before routing, for each method", async (host) => {
    for (const method of ["GET", "PUT", "OPTIONS", "HEAD"]) {
      const line = `Host: ${host.replace("PORT", String(fixture.port))}`;
      const answer = await fixture.raw(requestHead("/healthz", [line, "Connection: close"], method));
      expect([400, 421]).toContain(answer.status);
    }
  });

  test("a repeated Host is refused, also when both are right or differ only in case", async () => {
    const good = `Host: 127.0.0.1:${fixture.port}`;
    for (const second of [good, "Host: evil.test", "hOST: evil.test"]) {
      expect((await get([good, second])).status).toBe(400);
    }
  });

  test("a missing Host is refused in HTTP/1.1 and in HTTP/1.0", async () => {
    expect((await get([])).status).toBe(400);
    expect((await fixture.raw("GET /api/traces HTTP/1.0\r\n\r\n")).status).toBe(400);
  });

  test("an absolute target is refused, whatever the Host says", async () => {
    const good = `Host: 127.0.0.1:${fixture.port}`;
    for (const target of ["http://evil.test/api/traces", `http://127.0.0.1:${fixture.port}/api/traces`, "*"]) {
      expect((await get([good], target)).status).toBe(400);
    }
  });

  test("X3 a request to connect or to upgrade is refused, and the guard speaks there too", async () => {
    const host = `Host: 127.0.0.1:${fixture.port}`;
    const foreign = ["Host: evil.test", "Connection: Upgrade", "Upgrade: websocket"];
    expect((await get(foreign)).status).toBe(421);
    expect((await fixture.raw(requestHead("evil.test:443", ["Host: evil.test:443"], "CONNECT"))).status).toBe(421);
    expect((await get([host, "Origin: http://evil.test", "Connection: Upgrade", "Upgrade: x"])).status).toBe(403);
    const upgrade = [host, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    expect((await get(upgrade)).status).toBe(400);
    expect((await fixture.raw(requestHead("evil.test:443", [host], "CONNECT"))).status).toBe(400);
  });
});

describe("X2 pages of other origins can neither read nor write", () => {
  test.each(["null", "https://evil.test", "http://127.0.0.1:1", "http://localhost"])(
    "the origin %s is refused",
    async (origin) => {
      const answer = await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem()] }, { origin });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    },
  );

  test("the server's own origin is served, and no answer opens itself to others", async () => {
    const answer = await fixture.get("/api/traces", { origin: fixture.collector.url });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("what a browser marks as cross-site is refused on the API, with or without an origin", async () => {
    const host = `Host: 127.0.0.1:${fixture.port}`;
    const lines = [host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"];
    expect((await fixture.raw(requestHead("/api/traces", lines))).status).toBe(403);
    expect((await fixture.raw(requestHead("/traces/x", [...lines, "Accept: text/html"]))).status).toBe(200);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "a body of type %j, which needs no preflight, is 415",
    async (type) => {
      const body = JSON.stringify({ items: [] });
      const lines = [
        `Host: 127.0.0.1:${fixture.port}`,
        `Content-Length: ${body.length}`,
        ...(type ? [`Content-Type: ${type}`] : []),
      ];
      const answer = await fixture.raw(requestHead("/v5/spans/batch", lines, "PUT") + body);
      expect(answer.status).toBe(415);
    },
  );

  test("a preflight is not answered with permission", async () => {
    const answer = await fixture.raw(
      requestHead(
        "/v5/spans/batch",
        [`Host: 127.0.0.1:${fixture.port}`, "Access-Control-Request-Method: PUT"],
        "OPTIONS",
      ),
    );
    expect(answer.status).toBe(405);
    expect(answer.head.toLowerCase()).not.toContain("access-control-allow");
  });
});

describe("X4 X6 beyond loopback and behind a token", () => {
  test.each(["0.0.0.0", "::", "", "0", "192.0.2.1"])("listening on %j without a token is refused", async (host) => {
    await expect(CollectorFixture.start({ host })).rejects.toThrow(/token/);
  });

  test("X6 with a token every route but the public ones asks for it, from the route table itself", async () => {
    const secret = "correct horse battery staple";
    const guarded = await CollectorFixture.start({ token: secret });
    const document = await (await guarded.get("/api/openapi.json", { authorization: `Bearer ${secret}` })).json();
    const paths = Object.entries((document as { paths: Record<string, Record<string, { security?: unknown }>> }).paths);
    expect(paths.length).toBeGreaterThan(8);
    const openRoutes: string[] = [];
    for (const [path, operations] of paths) {
      for (const method of Object.keys(operations)) {
        for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${secret}`, `Bearer ${secret}x`]) {
          const answer = await fetch(guarded.collector.url + path.replaceAll(/[{}]/g, ""), {
            method: method.toUpperCase(),
            headers: { ...(authorization && { authorization }), "content-type": "application/json" },
            ...(method !== "get" && { body: "{}" }),
          });
          if (answer.status !== 401 && answer.status !== 429) openRoutes.push(path);
          await answer.body?.cancel();
        }
      }
    }
    expect(new Set(openRoutes)).toEqual(new Set(["/healthz", "/api/session"]));
    const traces = (headers: Record<string, string>) => guarded.get("/api/traces", headers);
    expect((await traces({ authorization: `Bearer ${secret}` })).status).toBe(200);
    expect((await traces({ "x-api-key": secret })).status).toBe(200);
    expect((await traces({ "x-agent-api-key": secret })).status).toBe(200);
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
    expect((await traces({ authorization: basic(`pk-anything:${secret}`) })).status).toBe(200);
    for (const pair of [secret, `${secret}:`, `:${secret}:`, `x:${secret}x`]) {
      expect([401, 429]).toContain((await traces({ authorization: basic(pair) })).status);
    }
    expect([401, 429]).toContain((await guarded.get(`/api/traces?token=${encodeURIComponent(secret)}`)).status);
    await guarded.stop();
  });
});

test("X5 the policy headers are on every answer, errors and broken requests included", async () => {
  const host = `Host: 127.0.0.1:${fixture.port}`;
  const answers = [
    await fixture.raw(requestHead("/api/traces", [host])),
    await fixture.raw(requestHead("/nothing", [host])),
    await fixture.raw(requestHead("/api/traces/unknown", [host])),
    await fixture.raw(requestHead("/api/traces", [host], "DELETE")),
    await fixture.raw(requestHead("/api/traces", ["Host: evil.test"])),
    await fixture.raw(requestHead("/", [host, "Accept: text/html"])),
    await fixture.raw("NOT HTTP\r\n\r\n"),
    await fixture.raw(requestHead("/", [host, `X: ${"x".repeat(20_000)}`])),
    await fixture.raw(requestHead("/", [host, "Connection: Upgrade", "Upgrade: h2c"])),
  ];
  for (const { head, status } of answers) {
    expect(status).toBeGreaterThan(0);
    expect(head).toContain("frame-ancestors 'none'");
    expect(head).toContain("default-src 'none'");
    expect(head).toMatch(/x-content-type-options: nosniff/i);
  }
});

describe("X7 a path that two parsers could read differently is refused", () => {
  test.each([
    "/api/traces/%2e%2e/stats",
    "/api/../api/traces",
    "/api/./traces",
    "//api/traces",
    "/api//traces",
    "/api/traces/a%2Fb",
    "/api/traces/a%2fb",
    "/api/traces/a%5cb",
    "/api/traces/a\\b",
    "/api/traces/a%00",
    "/api/traces#x",
    "/api/traces/%",
    "/api/traces/%ff",
  ])("%s", async (target) => {
    expect((await fixture.raw(requestHead(target, [`Host: 127.0.0.1:${fixture.port}`]))).status).toBe(400);
  });

  test("an id is decoded once", async () => {
    await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ trace_id: "50%25 é" })] });
    expect((await fixture.get(`/api/traces/${encodeURIComponent("50%25 é")}`)).status).toBe(200);
    expect((await fixture.get(`/api/traces/${encodeURIComponent("50% é")}`)).status).toBe(404);
  });
});

test("a port that is taken is one clear sentence", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  await expect(CollectorFixture.start({ port })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken by another program`,
  );
  other.close();
});
