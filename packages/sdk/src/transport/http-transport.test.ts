/** The transport against real servers that misbehave, each in the way of one fault of the catalogue. */
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptedServer } from "@everspan/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { classifyResponse } from "./classify.ts";
import { HttpTransport, type HttpTransportOptions } from "./http-transport.ts";
import { EXPIRED, GOOD, type TestCertificate, WRONG_HOST } from "./testing/certificates.ts";
import { HeldClock } from "./testing/held-clock.ts";
import { httpAnswer, onRequest, RawServer } from "./testing/raw-server.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

function transport(options: HttpTransportOptions = {}): HttpTransport {
  const made = new HttpTransport({ environment: {}, ...options });
  closings.push(() => made.close());
  return made;
}

async function raw(...args: Parameters<typeof RawServer.start>): Promise<RawServer> {
  const server = await RawServer.start(...args);
  closings.push(() => server.close());
  return server;
}

async function scripted(listen?: Parameters<typeof ScriptedServer.start>[0]): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(listen);
  closings.push(() => server.close());
  return server;
}

function put(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  const body = Buffer.from('{"items":[]}');
  return { method: "PUT", url, headers: {}, body: [body], bodyBytes: body.length, deadlineMs: 30_000, ...more };
}

async function closedPort(): Promise<number> {
  const server = await ScriptedServer.start();
  const { port } = server;
  await server.close();
  return port;
}

describe("connections", () => {
  test("are kept between requests, and no more are made than requests may be under way", async () => {
    const server = await scripted();
    const client = transport({ concurrency: 2 });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 10 }, () => client.send(put(server.url))));
    }
    expect(server.requests).toHaveLength(30);
    expect(server.connectionsMade).toBe(2);
    expect(client.stats()).toEqual({ connections: 2, staleSockets: 0 });
  });

  test("are not reused when the server says that it keeps them for no longer than the margin", async () => {
    const server = await scripted();
    server.answerAlways({ status: 200, headers: { connection: "keep-alive", "keep-alive": "timeout=1" } });
    const client = transport();
    await client.send(put(server.url));
    await client.send(put(server.url));
    expect(server.connectionsMade).toBe(2);
  });

  test("that are idle don't keep the process alive", async () => {
    const server = await scripted();
    const script = `
      import { HttpTransport } from ${JSON.stringify(new URL("./http-transport.ts", import.meta.url).href)};
      const response = await new HttpTransport().send({ method: "GET", url: ${JSON.stringify(server.url)}, headers: {}, body: [], bodyBytes: 0 });
      console.log(response.status);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    const [code] = await once(child, "close");
    expect([code, Buffer.concat(output).toString().trim()]).toEqual([0, "200"]);
  });

  test("hold no AsyncLocalStorage of the request that opened them", async () => {
    const storage = new AsyncLocalStorage<string>();
    const server = await scripted();
    const seen: (string | undefined)[] = [];
    const client = transport({
      lookup: (_name, _options, callback) => {
        seen.push(storage.getStore());
        (callback as (error: null, addresses: { address: string; family: number }[]) => void)(null, [
          { address: "127.0.0.1", family: 4 },
        ]);
      },
    });
    await storage.run("a user's request", () => client.send(put(`http://name.test:${server.port}/`)));
    expect(seen).toEqual([undefined]);
  });

  test("C10 functions of node:http that a tracer has replaced are not called", async () => {
    const server = await scripted();
    const original = [http.request, http.get, https.request] as const;
    let calls = 0;
    const counting = (() => {
      calls += 1;
    }) as unknown as typeof http.request;
    Object.assign(http, { request: counting, get: counting });
    Object.assign(https, { request: counting });
    try {
      await transport().send(put(server.url));
    } finally {
      Object.assign(http, { request: original[0], get: original[1] });
      Object.assign(https, { request: original[2] });
    }
    expect([calls, server.requests.length]).toEqual([0, 1]);
  });
});

describe("when no answer comes", () => {
  test("W1 a refused connection was not delivered, and the next attempt reaches the server that came up", async () => {
    const port = await closedPort();
    const client = transport();
    await expect(client.send(put(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      kind: "refused",
      maybeDelivered: false,
    });
    await scripted({ port });
    expect((await client.send(put(`http://127.0.0.1:${port}/`))).status).toBe(200);
  });

  test("W2 a name is resolved anew for each connection", async () => {
    const server = await scripted();
    const answers = ["EAI_AGAIN", "127.0.0.2", "127.0.0.1"];
    const client = transport({
      lookup: (_name, _options, done) => {
        const callback = done as (error: Error | null, found?: { address: string; family: number }[]) => void;
        const answer = answers.shift()!;
        if (answer === "EAI_AGAIN") callback(Object.assign(new Error("no resolver"), { code: "EAI_AGAIN" }));
        else callback(null, [{ address: answer, family: 4 }]);
      },
    });
    const request = put(`http://name.test:${server.port}/`);
    await expect(client.send(request)).rejects.toMatchObject({ kind: "dns", maybeDelivered: false });
    await expect(client.send(request)).rejects.toMatchObject({ kind: "refused" });
    expect((await client.send(request)).status).toBe(200);
  });

  test("W3 a connection that is never established ends at the connect deadline, undelivered", async () => {
    const clock = new HeldClock();
    const client = transport({ clock, lookup: () => {} });
    const sent = client.send(put("http://never.test/"));
    await clock.fire(3_000);
    await expect(sent).rejects.toMatchObject({ kind: "timeout", maybeDelivered: false });
  });

  test("W4 a server that stopped after it took the request ends at the attempt's deadline, maybe delivered", async () => {
    const child = spawn(process.execPath, [
      "-e",
      `const s = require("http").createServer((q, r) => { q.resume(); q.on("end", () => r.end("{}")); });
       s.listen(0, "127.0.0.1", () => console.log(s.address().port));`,
    ]);
    closings.push(() => child.kill("SIGKILL"));
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const url = `http://127.0.0.1:${line.toString().trim()}/`;
    const clock = new HeldClock();
    const client = transport({ clock });
    expect((await client.send(put(url))).status).toBe(200);
    child.kill("SIGSTOP");
    const sent = client.send(put(url, { deadlineMs: 10_000 }));
    await clock.fireLongest();
    await expect(sent).rejects.toMatchObject({ kind: "timeout", maybeDelivered: true });
    await vi.waitFor(() => expect(client.stats().connections).toBe(0));
  });

  for (const how of ["reset", "end"] as const) {
    test(`W5 a pooled connection that the server had closed (${how}) costs one immediate retry on a new one`, async () => {
      const server = await raw((socket, index) =>
        onRequest(socket, (count) => {
          if (index > 0 || count === 1) socket.write(httpAnswer(200));
          else if (how === "reset") socket.resetAndDestroy();
          else socket.end();
        }),
      );
      const client = transport();
      await client.send(put(server.url));
      expect((await client.send(put(server.url))).status).toBe(200);
      expect(server.sockets).toHaveLength(2);
      expect(client.stats().staleSockets).toBe(1);
    });
  }

  test("W5 when every pooled connection is stale, as after a restart, the retry still goes to a new one", async () => {
    const waiting: (() => void)[] = [];
    const server = await raw((socket, index) =>
      onRequest(socket, (count) => {
        if (index === 2) socket.write(httpAnswer(200));
        else if (count === 2) socket.resetAndDestroy();
        else waiting.push(() => socket.write(httpAnswer(200)));
        if (waiting.length === 2) for (const answer of waiting.splice(0)) answer();
      }),
    );
    const client = transport();
    await Promise.all([client.send(put(server.url)), client.send(put(server.url))]);
    expect((await client.send(put(server.url))).status).toBe(200);
    expect(server.sockets).toHaveLength(3);
  });

  test("W5 a second stale connection in a row is a failure, not a loop", async () => {
    const server = await raw((socket, index) =>
      onRequest(socket, () =>
        index === 0 && socket.bytesWritten === 0 ? socket.write(httpAnswer(200)) : socket.resetAndDestroy(),
      ),
    );
    const client = transport();
    await client.send(put(server.url));
    await expect(client.send(put(server.url))).rejects.toMatchObject({ kind: "reset", maybeDelivered: true });
    expect(server.sockets).toHaveLength(2);
  });

  test("W5 however the second sending ends, the first may have arrived", async () => {
    const refusing = await raw((socket) =>
      onRequest(socket, (count) => {
        if (count === 1) return void socket.write(httpAnswer(200));
        refusing.stopListening();
        socket.resetAndDestroy();
      }),
    );
    const client = transport();
    const { url } = refusing;
    expect(await client.send(put(url))).not.toHaveProperty("wasSentBefore");
    await expect(client.send(put(url))).rejects.toMatchObject({ kind: "refused", maybeDelivered: true });

    const busy = await raw((socket, index) =>
      onRequest(socket, (count) => {
        if (index > 0) socket.write(httpAnswer(503));
        else if (count === 1) socket.write(httpAnswer(200));
        else socket.resetAndDestroy();
      }),
    );
    await client.send(put(busy.url));
    const response = await client.send(put(busy.url));
    expect(response).toMatchObject({ status: 503, wasSentBefore: true });
    const exchange = { method: "PUT", url: busy.url };
    expect(classifyResponse(response, exchange)).toMatchObject({ kind: "busy", maybeDelivered: true });
  });

  test("W6 a kept connection that breaks within the answer's head is no stale one: the request was read, nothing is sent again", async () => {
    const server = await raw((socket) =>
      onRequest(socket, (count) =>
        count === 1 ? socket.write(httpAnswer(200)) : socket.end("HTTP/1.1 200 OK\r\ncontent-le"),
      ),
    );
    const client = transport();
    await client.send(put(server.url));
    await expect(client.send(put(server.url))).rejects.toMatchObject({ kind: "reset", maybeDelivered: true });
    expect(server.sockets).toHaveLength(1);
    expect(client.stats().staleSockets).toBe(0);
  });

  test("W6 a reset after the request was read is maybe delivered, and not sent again by itself", async () => {
    const server = await scripted();
    server.answerAlways("reset");
    await expect(transport().send(put(server.url))).rejects.toMatchObject({ kind: "reset", maybeDelivered: true });
    expect(server.requests).toHaveLength(1);
  });

  test("an abort ends the attempt immediately, also while it waits for its turn", async () => {
    const server = await scripted();
    server.answerAlways("hang");
    const client = transport({ concurrency: 1 });
    const controller = new AbortController();
    const both = [1, 2].map(() => client.send(put(server.url, { signal: controller.signal })));
    const settled = Promise.allSettled(both);
    await server.until(({ requests }) => requests.length === 1);
    controller.abort();
    const kinds = (await settled).map((result) => (result as PromiseRejectedResult).reason);
    expect(kinds).toMatchObject([
      { kind: "aborted", maybeDelivered: true },
      { kind: "aborted", maybeDelivered: false },
    ]);
  });
});

describe("what answers", () => {
  const answering = (bytes: string) => raw((socket) => onRequest(socket, () => socket.write(bytes)));

  test("W7 a status stands although the body breaks off", async () => {
    const server = await raw((socket) =>
      onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"item')),
    );
    const answer = await transport().send(put(server.url));
    expect(answer).toMatchObject({ status: 200, bodyTruncated: true });
    expect(answer.body.toString()).toBe('{"item');
  });

  test("W7, X20 an endless body is read to 64 KiB, then the connection is closed", async () => {
    const server = await raw((socket) =>
      onRequest(socket, () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n");
        const pour = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        };
        socket.on("drain", pour);
        pour();
      }),
    );
    const client = transport();
    const { status, body, bodyTruncated } = await client.send(put(server.url));
    expect([status, body.length, bodyTruncated]).toEqual([200, 64 * 1024, true]);
  });

  test("W7 a dripping body is not waited for longer than 2 s, and the status stands", async () => {
    const clock = new HeldClock();
    const server = await answering("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{");
    const sent = transport({ clock }).send(put(server.url));
    await clock.fire(2_000);
    expect(await sent).toMatchObject({ status: 200, bodyTruncated: true });
  });

  test("W7 a dripping head ends at the absolute deadline", async () => {
    const clock = new HeldClock();
    const server = await answering("HTTP/1.1 200 OK\r\nx-slow: ");
    const sent = transport({ clock }).send(put(server.url));
    await clock.fireLongest({ once: () => server.sockets[0]?.bytesWritten });
    await expect(sent).rejects.toMatchObject({ kind: "timeout", maybeDelivered: true });
  });

  test("C3 an answer that lies in the kernel when a late deadline fires still counts", async () => {
    const clock = new HeldClock();
    const server = await scripted();
    const client = transport({ clock });
    await client.send(put(server.url));
    const sent = client.send(put(server.url));
    await server.until(({ requests }) => requests.length === 2);
    // The loop is blocked while the answer arrives: timers run before anything is read.
    setTimeout(() => void clock.fireLongest(), 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    expect((await sent).status).toBe(200);
  });

  for (const [what, bytes, kind] of [
    ["bytes that are not HTTP", "\0\0\0 hello \r\n\r\n", "protocol"],
    [
      "a switch of protocols",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
      "protocol",
    ],
    ["a head of 100 kB", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "protocol"],
  ] as const) {
    test(`W7 ${what} are no answer`, async () => {
      const server = await answering(bytes);
      await expect(transport().send(put(server.url))).rejects.toMatchObject({ kind, maybeDelivered: true });
    });
  }

  test("W15 a redirect is an answer like any other: nothing goes to where it points", async () => {
    const elsewhere = await scripted();
    const server = await scripted();
    for (const location of [elsewhere.url, "file:///etc/passwd", "http://169.254.169.254/", server.url]) {
      server.answerNext({ status: 307, headers: { location } });
      expect((await transport().send(put(server.url, { headers: { "x-api-key": "k" } }))).status).toBe(307);
    }
    expect([elsewhere.requests.length, server.requests.length]).toEqual([0, 4]);
  });

  test("W16 an answer that comes before the request was sent whole counts, and its connection is not used again", async () => {
    const server = await raw((socket) => {
      socket.once("data", () => {
        socket.pause();
        socket.write(httpAnswer(503, "{}", "retry-after: 1\r\n"));
      });
    });
    const body = Buffer.alloc(32 * 1024 * 1024);
    const client = transport();
    const answer = await client.send(put(server.url, { body: [body], bodyBytes: body.length }));
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    server.sockets[0]!.resume();
    await once(server.sockets[0]!, "close");
    await vi.waitFor(() => expect(client.stats().connections).toBe(0));
  });

  test("W16 100-continue is not waited for, and many of them do no harm", async () => {
    const server = await raw((socket) =>
      onRequest(socket, () => socket.write(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(50)}${httpAnswer(200)}`)),
    );
    expect((await transport().send(put(server.url))).status).toBe(200);
  });

  test("W22 a server that restarts between two requests is reached again", async () => {
    const first = await ScriptedServer.start();
    const { port, url } = first;
    const client = transport();
    await client.send(put(url));
    await first.close();
    await scripted({ port });
    expect((await client.send(put(url))).status).toBe(200);
  });
});

describe("W20 the way to the server", () => {
  test("W20 a unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "everspan-socket-"));
    closings.push(() => rm(folder, { recursive: true }));
    const path = join(folder, "s.sock");
    const server = await scripted({ path });
    expect((await transport().send(put(`unix:${path}:/v5/spans/batch`))).status).toBe(200);
    expect(server.requests[0]).toMatchObject({ method: "PUT", path: "/v5/spans/batch" });
  });

  test("W20 an IPv6 literal", async () => {
    const server = http.createServer((_request, response) => response.end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    closings.push(() => server.close());
    expect((await transport().send(put(`http://[::1]:${(server.address() as AddressInfo).port}/`))).status).toBe(200);
  });

  test("W20 HTTP_PROXY gets the whole address and its own credentials", async () => {
    const proxy = await scripted();
    const environment = { HTTP_PROXY: `http://user:pass@127.0.0.1:${proxy.port}` };
    await transport({ environment }).send(put("http://collector.test/v1?x=1"));
    expect(proxy.requests[0]).toMatchObject({
      path: "http://collector.test/v1?x=1",
      headers: { host: "collector.test", "proxy-authorization": `Basic ${btoa("user:pass")}` },
    });
  });

  test("W20 HTTPS_PROXY is asked for a tunnel, and the secrets travel inside it", async () => {
    const { port } = new URL(await tlsServer(WRONG_HOST));
    const connects: [string | undefined, string | undefined][] = [];
    const proxy = http.createServer();
    proxy.on("connect", (request, socket) => {
      connects.push([request.url, request.headers["x-api-key"] as string | undefined]);
      const upstream = connect(Number(port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    closings.push(() => proxy.close());
    const environment = { https_proxy: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const client = transport({ environment, ca: WRONG_HOST.cert });
    const request = put(`https://elsewhere.test:${port}/`, { headers: { "x-api-key": "key-of-the-test" } });
    for (const _ of [1, 2]) expect((await client.send(request)).status).toBe(200);
    expect(connects).toEqual([[`elsewhere.test:${port}`, undefined]]);
  });

  test("W20 a SOCKS proxy is refused in words", async () => {
    const environment = { HTTPS_PROXY: "socks5://127.0.0.1:1080" };
    await expect(transport({ environment }).send(put("https://collector.test/"))).rejects.toMatchObject({
      kind: "unsupported",
      message: expect.stringContaining("NO_PROXY"),
    });
  });
});

async function tlsServer(certificate: TestCertificate): Promise<string> {
  const server = https.createServer(certificate, (request, response) => {
    request.resume();
    request.on("end", () => response.end("{}"));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closings.push(() => server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

describe("W21 TLS", () => {
  test("W21 a certificate of a trusted authority is accepted, and the connection is kept", async () => {
    const url = await tlsServer(GOOD);
    const client = transport({ ca: GOOD.cert });
    const answers: TransportResponse[] = [await client.send(put(url)), await client.send(put(url))];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(client.stats().connections).toBe(1);
  });

  for (const [what, certificate, ca] of [
    ["signed by nobody known", GOOD, undefined],
    ["for another host", WRONG_HOST, WRONG_HOST.cert],
    ["that has run out", EXPIRED, EXPIRED.cert],
  ] as const) {
    test(`W21 a certificate ${what} ends the attempt before a byte of the request`, async () => {
      const url = await tlsServer(certificate);
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      try {
        await expect(transport(ca === undefined ? {} : { ca }).send(put(url))).rejects.toMatchObject({
          kind: "tls",
          maybeDelivered: false,
        });
      } finally {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      }
    });
  }
});
