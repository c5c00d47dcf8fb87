import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ManualClock } from "@everspan/testkit";
import { z } from "@hono/zod-openapi";
import { afterEach, expect, test } from "vitest";
import { MAX_UNREAD_RESPONSE_BYTES, RESPONSE_GRACE_MS, STALLED_READER_MS } from "../limits.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { json } from "./http-result.ts";
import { HttpServer, type HttpServerOptions } from "./http-server.ts";
import { jsonBody, type Route, route } from "./route.ts";
import { Router } from "./router.ts";
import { ViewerFiles } from "./viewer-files.ts";

let server: HttpServer;
let port: number;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const entry = (path: string, handler: Route["handler"]): Route =>
  route({ method: "GET", path, scope: "public", summary: "", response: jsonBody("", z.unknown()), handler });

async function serve(routes: readonly Route[], options: Partial<HttpServerOptions> = {}): Promise<void> {
  const router = new Router([entry("/ok", () => json({})), ...routes]);
  server = new HttpServer({
    router,
    permit: () => "default",
    viewer: new ViewerFiles("/nonexistent"),
    logger: silentLogger,
    ...options,
  });
  port = await server.listen("127.0.0.1", 0, () => new Set());
}

async function open(
  bytes = "",
  options: { readonly reads?: boolean; readonly halfOpen?: boolean } = {},
): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: options.halfOpen ?? false });
  sockets.push(socket.on("error", () => {}));
  await once(socket, "connect");
  if (options.reads ?? true) socket.resume();
  if (bytes !== "") socket.write(bytes);
  return socket;
}

const request = (path: string, lines: readonly string[] = []) =>
  [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...lines, "", ""].join("\r\n");

const ask = async (path = "/ok") => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
  await response.arrayBuffer();
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
};

/** The test's own time limit bounds it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test("a reset after a request to upgrade or to connect is its sender's affair", async () => {
  await serve([]);
  const handOvers = [
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /ok HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
    "GET /ok HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\n\r\n",
    "nonsense\r\n\r\n",
  ];
  for (const bytes of handOvers) {
    for (let i = 0; i < 20; i++) {
      const socket = await open();
      socket.write(bytes, () => socket.resetAndDestroy());
      await once(socket, "close");
    }
  }
  await until(() => server.connectionCount === 0);
  expect(await ask()).toMatchObject({ status: 200 });
});

test("a connection whose request is overdue or broken is destroyed, though its peer keeps its half open", async () => {
  await serve([], {
    // A connection over which nothing moves would be destroyed for that.
    timeouts: { headersMs: 50, requestMs: 100, idleMs: 1000, standstillMs: 600_000, checkIntervalMs: 10 },
  });
  const beginnings = [
    "",
    "GET /ok HT",
    `PUT /ok HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 9\r\n\r\n{`,
    "x\r\n\r\n",
  ];
  await Promise.all(beginnings.map((bytes) => open(bytes, { halfOpen: true })));
  await until(() => server.connectionCount === 0);
});

test("a newcomer takes the place of who has slept for longest, and of clients that ask nothing first", async () => {
  await serve([], { connections: { total: 3, perAddress: 3 } });
  const proven = await open(request("/ok"));
  await once(proven, "data");
  const sleepers = [await open("GET /o"), await open()];
  await until(() => server.connectionCount === 3);
  expect(await ask()).toMatchObject({ status: 200 });
  await until(() => sleepers[0]!.closed);
  expect(proven.closed).toBe(false);
});

test("where every place is busy a newcomer reads 503 and when to come again, and no place is lost", async () => {
  const waiting: (() => void)[] = [];
  const wait = entry("/wait", () => new Promise((resolve) => waiting.push(() => resolve(json({})))));
  await serve([wait], { connections: { total: 9, perAddress: 2 } });
  const busy = [await open(request("/wait")), await open(request("/wait"))];
  await until(() => waiting.length === 2);
  expect(await ask()).toEqual({ status: 503, retryAfter: "1" });
  for (const go of waiting) go();
  await Promise.all(busy.map((socket) => once(socket, "data")));
  expect(await ask()).toMatchObject({ status: 200 });
});

test("a handler that fails after the head, or gives a head that can't be written, ends its connection only", async () => {
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) };
  const start = () => {
    throw new Error("in mid-stream");
  };
  await serve(
    [
      entry("/stream", () => ({ status: 200, body: { kind: "stream", type: "text/plain", start } })),
      entry("/head", () => json({}, 200, { "x-bad": "a\r\nb" })),
    ],
    { logger },
  );
  await expect(ask("/stream")).rejects.toThrow();
  await expect(ask("/head")).rejects.toThrow();
  expect(errors).toHaveLength(2);
  expect(await ask()).toMatchObject({ status: 200 });
});

test("a reader that does not read loses its response at the deadline, and its bytes are given back", async () => {
  const clock = new ManualClock();
  const bytes = Buffer.alloc(8 * 1024 * 1024);
  await serve([entry("/large", () => ({ status: 200, body: { kind: "bytes", type: "x/y", bytes } }))], { clock });
  const sleeper = await open(request("/large"), { reads: false });
  await until(() => server.unreadBytes === bytes.byteLength);
  await clock.advance(RESPONSE_GRACE_MS + (bytes.byteLength / (64 * 1024)) * 1000);
  await until(() => server.unreadBytes === 0 && server.connectionCount === 0);
  sleeper.destroy();
});

test("a reader that goes away in the middle of its response gives its room back", async () => {
  // No deadline comes while the test holds the clock.
  const clock = new ManualClock();
  const bytes = Buffer.alloc(8 * 1024 * 1024);
  await serve([entry("/large", () => ({ status: 200, body: { kind: "bytes", type: "x/y", bytes } }))], { clock });
  const leaver = await open(request("/large"), { reads: false });
  await until(() => server.unreadBytes === bytes.byteLength);
  leaver.resetAndDestroy();
  await until(() => server.unreadBytes === 0);
  expect(clock.timerCount).toBe(0);
});

test("responses that wait for readers are bounded: 503 beyond, until who does not read gives its room", async () => {
  const clock = new ManualClock();
  const bytes = Buffer.alloc(MAX_UNREAD_RESPONSE_BYTES / 3);
  await serve([entry("/large", () => ({ status: 200, body: { kind: "bytes", type: "x/y", bytes } }))], { clock });
  for (let i = 1; i <= 3; i++) {
    await open(request("/large"), { reads: false });
    await until(() => server.unreadBytes === i * bytes.byteLength);
  }
  expect(await ask("/large")).toEqual({ status: 503, retryAfter: "5" });
  expect(await ask("/ok")).toMatchObject({ status: 200 });
  clock.freezeFor(STALLED_READER_MS);
  expect(await ask("/large")).toMatchObject({ status: 200 });
  expect(server.unreadBytes).toBeLessThanOrEqual(MAX_UNREAD_RESPONSE_BYTES);
});

test("requests sent ahead on one connection are served one at a time, in their order; another's are not held up", async () => {
  const waiting: (() => void)[] = [];
  let served = 0;
  const wait = entry("/wait", () => {
    const number = ++served;
    return new Promise((resolve) => waiting.push(() => resolve(json({ number }))));
  });
  await serve([wait]);
  const socket = await open("", { reads: false });
  let answers = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answers += chunk;
  });
  socket.write(request("/wait").repeat(5));
  for (let number = 1; number <= 5; number++) {
    await until(() => waiting.length === 1);
    // Whatever else has arrived by now has had its chance to begin.
    expect(await ask()).toMatchObject({ status: 200 });
    expect(served).toBe(number);
    expect(waiting).toHaveLength(1);
    waiting.pop()!();
    await until(() => answers.includes(`{"number":${number}}`));
  }
});

test("what was sent ahead of a connection's end is not served any more", async () => {
  const waiting: (() => void)[] = [];
  let served = 0;
  const wait = entry("/wait", () => {
    served += 1;
    return new Promise((resolve) => waiting.push(() => resolve(json({}))));
  });
  await serve([wait]);
  const socket = await open(request("/wait").repeat(5));
  await until(() => waiting.length === 1);
  socket.resetAndDestroy();
  await until(() => server.connectionCount === 0);
  waiting.pop()!();
  expect(await ask()).toMatchObject({ status: 200 });
  expect(served).toBe(1);
});
