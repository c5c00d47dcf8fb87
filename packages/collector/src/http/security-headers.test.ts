import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture, requestHead, sgpItem } from "../testing/collector-fixture.ts";

/** Written out again on purpose: a change of the headers must be made twice, the second time after thinking. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
  await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ input: { text: "x".repeat(9000) } })] });
});
afterAll(() => fixture.stop());

function headersOf(head: string): Record<string, string> {
  const lines = head.split("\r\n").slice(1);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
}

describe("X5 X9 every response has exactly the security headers, whatever its kind", () => {
  const host = () => `Host: 127.0.0.1:${fixture.port}`;
  test.each<[string, number, () => string]>([
    ["JSON", 200, () => requestHead("/api/traces", [host()])],
    ["compressed JSON", 200, () => requestHead("/api/traces/trace-1?payloads=full", [host(), "Accept-Encoding: br"])],
    ["a HEAD", 200, () => requestHead("/healthz", [host(), "Connection: close"], "HEAD")],
    ["the viewer's page", 200, () => requestHead("/", [host(), "Accept: text/html"])],
    ["nothing here", 404, () => requestHead("/nothing", [host()])],
    ["another method", 405, () => requestHead("/api/traces", [host()], "PATCH")],
    ["an unknown host", 421, () => requestHead("/", ["Host: evil.test"])],
    ["an upgrade", 400, () => requestHead("/", [host(), "Connection: Upgrade", "Upgrade: websocket"])],
    ["a tunnel", 421, () => requestHead("x:1", ["Host: x:1"], "CONNECT")],
    ["no HTTP at all", 400, () => "nonsense\r\n\r\n"],
  ])("%s: %i", async (_kind, status, bytes) => {
    const answer = await fixture.raw(bytes());
    expect(answer.status).toBe(status);
    expect(headersOf(answer.head)).toMatchObject(HEADERS);
    expect(headersOf(answer.head)["access-control-allow-origin"]).toBeUndefined();
  });

  test("a stream: 200", async () => {
    const socket = connect(fixture.port, "127.0.0.1");
    socket.write(requestHead("/api/live", [host()]));
    const [head] = (await once(socket.setEncoding("utf8"), "data")) as [string];
    socket.destroy();
    expect(headersOf(head.split("\r\n\r\n")[0]!)).toMatchObject({ ...HEADERS, "content-type": "text/event-stream" });
  });
});
