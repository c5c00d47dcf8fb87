import { ManualClock, ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FetchTransport } from "./fetch-transport.ts";
import type { TransportRequest } from "./transport.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

function requestTo(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  const body = [Buffer.from("first "), Buffer.from("second")];
  return { method: "POST", url, headers: { authorization: "Bearer key" }, body, bodyBytes: 12, ...more };
}

test("sends the pieces as one body, with the headers, and gives back status, headers and body", async () => {
  server.answerNext({ status: 429, body: "busy", headers: { "Retry-After": "3" } });
  const response = await new FetchTransport().send(requestTo(`${server.url}/path`));
  expect(response).toMatchObject({ status: 429, headers: { "retry-after": "3" }, bodyTruncated: false });
  expect(response.body.toString("utf8")).toBe("busy");
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/path", headers: { authorization: "Bearer key" } });
  expect(server.requests[0]!.body.toString()).toBe("first second");
});

test("reads no more of an answer than asked, and follows no redirect", async () => {
  server.answerNext({ status: 200, body: "x".repeat(100_000) }, { status: 302, body: "", headers: { location: "/b" } });
  const long = await new FetchTransport().send(requestTo(server.url, { maxResponseBytes: 10 }));
  expect([long.body.toString("utf8"), long.bodyTruncated]).toEqual(["x".repeat(10), true]);
  expect((await new FetchTransport().send(requestTo(server.url))).status).toBe(302);
  expect(server.requests).toHaveLength(2);
});

test("says whether the server may have the request", async () => {
  const { url } = server;
  server.answerAlways("hang");
  const clock = new ManualClock();
  const late = new FetchTransport({ clock }).send(requestTo(url, { deadlineMs: 500 }));
  const aborting = new AbortController();
  const aborted = new FetchTransport().send(requestTo(url, { signal: aborting.signal }));
  const both = Promise.allSettled([late, aborted]);
  await server.until(() => server.requests.length === 2);
  await clock.advance(500);
  aborting.abort();
  expect(await both).toMatchObject([
    { reason: { kind: "timeout", maybeDelivered: true } },
    { reason: { kind: "aborted", maybeDelivered: true } },
  ]);
  await expect(new FetchTransport().send(requestTo(url, { signal: aborting.signal }))).rejects.toMatchObject({
    kind: "aborted",
    maybeDelivered: false,
  });
  server.answerAlways("reset");
  await expect(new FetchTransport().send(requestTo(url))).rejects.toMatchObject({
    kind: "reset",
    maybeDelivered: true,
  });
  await server.close();
  await expect(new FetchTransport().send(requestTo(url))).rejects.toMatchObject({
    kind: "refused",
    maybeDelivered: false,
  });
  await expect(new FetchTransport().send(requestTo("unix:/x.sock:/"))).rejects.toMatchObject({ kind: "unsupported" });
});

test("what puts itself in the place of `fetch` later is not called", async () => {
  const { fetch } = globalThis;
  globalThis.fetch = () => Promise.reject(new Error("the application's own"));
  try {
    expect((await new FetchTransport().send(requestTo(server.url))).status).toBe(200);
  } finally {
    globalThis.fetch = fetch;
  }
});
