import { ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { ManualClock } from "@everspan/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { ConnectionPool, type PoolOptions } from "./connection-pool.ts";
import { dial } from "./dial.ts";
import { parseTarget } from "./target.ts";
import { onRequest, RawServer } from "./testing/raw-server.ts";

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

async function raw(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const server = await RawServer.start(onConnection);
  closings.push(() => server.close());
  return server;
}

const poolTo = (url: string, options: Partial<PoolOptions> = {}) =>
  new ConnectionPool(parseTarget(url), undefined, {
    maxIdle: 3,
    connectTimeoutMs: 3_000,
    clock: new ManualClock(),
    ...options,
  });

/** A connection that notes what is said to it. */
function noting() {
  const said: unknown[][] = [];
  const note =
    (name: string) =>
    (...given: unknown[]) => {
      said.push([name, ...given]);
    };
  const names = ["setKeepAlive", "setTimeout", "ref", "unref", "removeListener"];
  const socket = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as Socket;
  return { socket, said };
}

describe("an idle connection is kept", () => {
  test.each<[hint: string | undefined, idleMs: number | undefined]>([
    [undefined, 230_000],
    ["timeout=5", 4_000],
    ["timeout=72", 71_000],
    ["max=100, timeout=20", 19_000],
    ["max=100,timeout=20", 19_000],
    ["Timeout=20, max=100", 19_000],
    ["timeout=100000", 230_000],
    ["idletimeout=5", 230_000],
    ["max=100", 230_000],
    ["timeout=1", undefined],
    ["timeout=0", undefined],
  ])("after the hint %j for %j ms", (hint, idleMs) => {
    const pool = poolTo("http://127.0.0.1:1");
    const { socket, said } = noting();
    pool.noteHint({ headers: hint === undefined ? {} : { "keep-alive": hint }, socket } as IncomingMessage);
    expect(pool.keepSocketAlive(socket)).toBe(idleMs !== undefined);
    const kept = [["setKeepAlive", true, 30_000], ["setTimeout", idleMs], ["unref"]];
    expect(said).toEqual(idleMs === undefined ? [] : kept);
  });

  test("and has no limit while it carries a request", () => {
    const { socket, said } = noting();
    const request = Object.create(ClientRequest.prototype) as ClientRequest;
    poolTo("http://127.0.0.1:1").reuseSocket(socket, request);
    expect(request.reusedSocket).toBe(true);
    expect(said.at(-1)).toEqual(["setTimeout", 0]);
  });
});

describe("a pool that is closed", () => {
  const connect = (pool: ConnectionPool) =>
    new Promise<unknown>((resolve) => pool.createConnection({}, (error, socket) => resolve(error ?? socket)));

  test("gives up the connections that are being made", async () => {
    const pool = poolTo("http://name.test:1", { lookup: () => {} });
    const connecting = connect(pool);
    await pool.close();
    expect(await connecting).toMatchObject({ kind: "aborted", maybeDelivered: false });
    expect(pool.size).toBe(0);
  });

  test("has ended each connection when it says so", async () => {
    const server = await raw(() => {});
    const pool = poolTo(server.url);
    const sockets = (await Promise.all([connect(pool), connect(pool)])) as Socket[];
    expect(pool.size).toBe(2);
    const closed: Socket[] = [];
    for (const socket of sockets) socket.once("close", () => closed.push(socket));
    await pool.close();
    expect([pool.size, closed.length]).toEqual([0, 2]);
  });
});

describe("a connection that is being made", () => {
  const dialTo = (url: string, more: { lookup?: PoolOptions["lookup"]; proxy?: string } = {}) => {
    const clock = new ManualClock();
    const dialing = dial(parseTarget(url), more.proxy, { connectTimeoutMs: 1_000, clock, lookup: more.lookup });
    return { clock, dialing };
  };

  test("ends at its deadline, by a timer that keeps no process alive", async () => {
    const { clock, dialing } = dialTo("http://name.test:1", { lookup: () => {} });
    const ended = expect(dialing.socket).rejects.toMatchObject({ kind: "timeout", maybeDelivered: false });
    expect([clock.timerCount, clock.aliveTimers]).toEqual([1, 0]);
    await clock.advance(1_000);
    await ended;
  });

  test("has no deadline any more once it is there", async () => {
    const server = await raw(() => {});
    const { clock, dialing } = dialTo(server.url);
    const socket = await dialing.socket;
    expect(clock.timerCount).toBe(0);
    expect(socket.listenerCount("error")).toBe(0);
    socket.destroy();
  });

  test("is closed when it is given up", async () => {
    let wasClosed = () => {};
    const closed = new Promise<void>((resolve) => {
      wasClosed = resolve;
    });
    // A server that never agrees on TLS.
    const server = await raw((socket) => socket.resume().once("close", wasClosed));
    const { dialing } = dialTo(server.url.replace("http:", "https:"));
    const ended = expect(dialing.socket).rejects.toMatchObject({ kind: "aborted", maybeDelivered: false });
    while (server.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    dialing.cancel();
    await ended;
    await closed;
  });

  test("and ended by the other side before it agreed on TLS was not delivered", async () => {
    const server = await raw((socket) => socket.once("data", () => socket.end()));
    const { dialing } = dialTo(server.url.replace("http:", "https:"));
    await expect(dialing.socket).rejects.toMatchObject({ maybeDelivered: false });
  });

  test.each<[answer: string, wanted: object]>([
    [
      "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
      { kind: "refused", message: expect.stringContaining("407") },
    ],
    ["HTTP/1.1 200 OK\r\n\r\nunasked", { kind: "refused" }],
    ["nonsense\r\n\r\n", { kind: "protocol" }],
  ])("through a proxy that answers %j ends, undelivered, and its way is closed", async (answer, wanted) => {
    let wasClosed = () => {};
    const closed = new Promise<void>((resolve) => {
      wasClosed = resolve;
    });
    const heads: string[] = [];
    const server = await raw((socket) => {
      socket.once("close", wasClosed);
      onRequest(socket, (_count, head) => {
        heads.push(head.split("\r\n")[0]!);
        socket.write(answer);
      });
    });
    const proxy = server.url.replace("/path", "").replace("//", "//user:pass@");
    const { dialing } = dialTo("https://[::1]:4318/", { proxy });
    await expect(dialing.socket).rejects.toMatchObject({ maybeDelivered: false, ...wanted });
    expect(heads).toEqual(["CONNECT [::1]:4318 HTTP/1.1"]);
    await closed;
  });
});
