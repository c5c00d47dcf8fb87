import { once } from "node:events";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import * as zlib from "node:zlib";
import { MAX_PAYLOAD_DEPTH } from "@everspan/protocol";
import { ManualClock } from "@everspan/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RouteRequest } from "../http/route.ts";
import {
  BODY_GRACE_MS,
  MAX_BODY_BYTES,
  MAX_COMPRESSED_BODY_BYTES,
  MAX_JSON_DEPTH,
  MAX_JSON_NODES,
  MAX_KEY_BYTES,
  MIN_BODY_BYTES_PER_SECOND,
} from "../limits.ts";
import { CollectorFixture, requestHead, sgpItem } from "../testing/collector-fixture.ts";
import { scanJson } from "./json-scan.ts";
import { BodyReceiver } from "./receive.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

const put = (body: unknown, headers: Record<string, string> = {}) =>
  fixture.send("PUT", "/v5/spans/batch", body, headers);
const gzip = { "content-encoding": "gzip" };
const br = { "content-encoding": "br" };
const zstd = { "content-encoding": "zstd" };
const { gzipSync, brotliCompressSync } = zlib;
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array, options?: object) => Buffer };
const EMPTY = JSON.stringify({ items: [] });

describe("S4 X17 compressed bodies", () => {
  test("a gzip body is taken", async () => {
    const body = gzipSync(JSON.stringify({ items: [sgpItem({ id: "zipped" })] }));
    expect((await put(body, gzip)).status).toBe(200);
    expect((await fixture.get("/v5/spans/zipped")).status).toBe(200);
  });

  test("a bomb is 413, and its output is never held", async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, 0x20), { level: 1 });
    expect(bomb.byteLength).toBeLessThan(MAX_COMPRESSED_BODY_BYTES);
    const before = process.memoryUsage.rss();
    expect((await put(bomb, gzip)).status).toBe(413);
    expect(process.memoryUsage.rss() - before).toBeLessThan(3 * MAX_BODY_BYTES);
  });

  test("a brotli body is taken, and a bomb of it is 413 and never held", async () => {
    expect((await put(brotliCompressSync(JSON.stringify({ items: [sgpItem({ id: "br" })] })), br)).status).toBe(200);
    expect((await fixture.get("/v5/spans/br")).status).toBe(200);
    const quick = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };
    const bomb = brotliCompressSync(Buffer.alloc(300 * 1024 * 1024, 0x20), quick);
    const before = process.memoryUsage.rss();
    expect((await put(bomb, br)).status).toBe(413);
    expect(process.memoryUsage.rss() - before).toBeLessThan(3 * MAX_BODY_BYTES);
  });

  test.runIf(zstdCompressSync === undefined)("zstd is 415 where Node has none, with what is taken", async () => {
    const response = await put(Buffer.from(EMPTY), zstd);
    expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "br, gzip"]);
    expect(await response.json()).toMatchObject({ error: { code: "UNSUPPORTED_ENCODING" } });
  });

  describe.runIf(zstdCompressSync !== undefined)("zstd", () => {
    const packed = (text: string | Buffer, options?: object) => zstdCompressSync!(Buffer.from(text), options);

    test("is taken, and a bomb of it is 413 and never held", async () => {
      expect((await put(packed(JSON.stringify({ items: [sgpItem({ id: "zstd" })] })), zstd)).status).toBe(200);
      expect((await fixture.get("/v5/spans/zstd")).status).toBe(200);
      const bomb = packed(Buffer.alloc(300 * 1024 * 1024, 0x20));
      const before = process.memoryUsage.rss();
      expect((await put(bomb, zstd)).status).toBe(413);
      expect(process.memoryUsage.rss() - before).toBeLessThan(3 * MAX_BODY_BYTES);
    });

    test.each<[string, () => Uint8Array]>([
      ["that is truncated", () => packed(EMPTY).subarray(0, -2)],
      ["with junk behind it", () => Buffer.concat([packed(EMPTY), Buffer.from("junk")])],
      ["that is none", () => Buffer.from("{}{}{}")],
      // ZSTD_c_windowLog: 2^27 bytes, which its decoder would have to hold.
      ["with a window of 128 MiB", () => packed(Buffer.alloc(200 * 1024 * 1024, 0x20), { params: { 101: 27 } })],
    ])("%s is refused", async (_what, body) => {
      const response = await put(body(), zstd);
      expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "BAD_COMPRESSION" } }]);
    });

    test("is named among what is taken", async () => {
      const response = await put(Buffer.from(EMPTY), { "content-encoding": "compress" });
      expect([response.status, response.headers.get("accept-encoding")]).toEqual([415, "zstd, br, gzip"]);
    });
  });

  const whole = gzipSync(EMPTY);
  test.each<[string, Uint8Array, Record<string, string>, number, string]>([
    ["a truncated stream", whole.subarray(0, -5), gzip, 400, "BAD_GZIP"],
    ["junk after the stream", Buffer.concat([whole, Buffer.from("junk")]), gzip, 400, "BAD_GZIP"],
    ["zeros after the stream", Buffer.concat([whole, Buffer.alloc(8)]), gzip, 400, "BAD_GZIP"],
    ["no gzip at all", Buffer.from("{}"), gzip, 400, "BAD_GZIP"],
    ["gzip within gzip", gzipSync(whole), gzip, 400, "BAD_UTF8"],
    ["a truncated brotli stream", brotliCompressSync(EMPTY).subarray(0, -2), br, 400, "BAD_COMPRESSION"],
    [
      "junk after a brotli stream",
      Buffer.concat([brotliCompressSync(EMPTY), Buffer.from("junk")]),
      br,
      400,
      "BAD_COMPRESSION",
    ],
    ["no brotli at all", Buffer.from("{}{}{}"), br, 400, "BAD_COMPRESSION"],
    ["two encodings", gzipSync(whole), { "content-encoding": "gzip, gzip" }, 415, "UNSUPPORTED_ENCODING"],
    ["an unknown encoding", whole, { "content-encoding": "compress" }, 415, "UNSUPPORTED_ENCODING"],
  ])("%s is refused", async (_what, body, headers, status, code) => {
    const response = await put(body, headers);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });
});

describe("S5 bodies and framing that are not what they say", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["nothing", "", "BAD_JSON"],
    ["a byte order mark", "\ufeff{}", "BAD_JSON"],
    ["UTF-16", Buffer.from('{"items":[]}', "utf16le"), "BAD_JSON"],
    ["invalid UTF-8", Buffer.from('{"items":["\xff"]}', "latin1"), "BAD_UTF8"],
    ["half of a document", '{"items":[', "BAD_JSON"],
    ["two documents", "{}{}", "BAD_JSON"],
  ])("%s is 400", async (_what, body, code) => {
    const response = await put(body);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
  });

  const head = (lines: string[]) =>
    requestHead(
      "/v5/spans/batch",
      [`Host: 127.0.0.1:${fixture.port}`, "Content-Type: application/json", ...lines],
      "PUT",
    );

  test("a length and a transfer encoding together are refused and the connection is closed", async () => {
    const answer = await fixture.raw(`${head(["Content-Length: 2", "Transfer-Encoding: chunked"])}{}`);
    expect(answer.status).toBe(400);
    expect(answer.head).toMatch(/connection: close/i);
  });

  test("a body that ends before its length writes nothing", async () => {
    const body = JSON.stringify({ items: [sgpItem({ id: "cut" })] });
    await fixture.raw(head([`Content-Length: ${body.length + 1}`]) + body, { halfClose: true });
    expect((await fixture.get("/v5/spans/cut")).status).toBe(404);
  });

  test("a length beyond the limit is 413 before the body is sent, also for a sender that asks first", async () => {
    const lines = [`Content-Length: ${MAX_BODY_BYTES + 1}`, "Expect: 100-continue"];
    const answer = await fixture.raw(head(lines));
    expect(answer.status).toBe(413);
    expect(answer.head).toMatch(/connection: close/i);
  });

  test("a sender that asks first and may send is told so", async () => {
    const answer = await fixture.raw(`${head(["Content-Length: 12", "Expect: 100-continue"])}{"items":[]}`);
    expect(answer.head).toContain("100 Continue");
  });

  test("a body without a length is cut off at the limit", async () => {
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    const frame = Buffer.concat([Buffer.from(`${chunk.byteLength.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);
    const request = Buffer.concat([
      Buffer.from(head(["Transfer-Encoding: chunked"])),
      ...Array(MAX_BODY_BYTES / chunk.byteLength + 2).fill(frame),
    ]);
    expect([413, 0]).toContain((await fixture.raw(request)).status);
    expect((await fixture.get("/healthz")).status).toBe(200);
  });
});

describe("S6 X18 structure bombs are refused by a scan, before they are parsed", () => {
  test.each<[string, string, number, string]>([
    ["depth", `{"items":${"[".repeat(1_000_000)}`, 422, `more than ${MAX_JSON_DEPTH} containers`],
    ["nodes", `{"items":[${"{},".repeat(1_000_000)}{}]}`, 413, `more than ${MAX_JSON_NODES} values`],
    ["a huge object", `{${Array.from({ length: 800_000 }, (_, i) => `"k${i}":1`).join(",")}}`, 413, "values"],
    ["a huge key", `{"${"k".repeat(1_000_000)}":1}`, 422, `more than ${MAX_KEY_BYTES} bytes`],
  ])("%s", async (_what, body, status, message) => {
    const answer = await put(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      error: { code: "JSON_LIMIT", message: expect.stringContaining(message) },
    });
  });

  test("what the scan lets through to the limit is stored and comes back", async () => {
    const depth = MAX_PAYLOAD_DEPTH;
    const deep = JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as unknown;
    expect((await put({ items: [sgpItem({ id: "deep", trace_id: "deep", input: deep })] })).status).toBe(200);
    expect(((await (await fixture.get("/api/traces/deep/spans/deep")).json()) as { input: unknown }).input).toEqual(
      deep,
    );
  });

  test("brackets, commas and escaped quotes within strings are no structure", () => {
    const text = JSON.stringify({ a: '[[[{{{,,,"\\"\\\\'.repeat(50_000), 'k"\\': "\\" });
    expect(scanJson(Buffer.from(text))).toBeUndefined();
    expect(scanJson(Buffer.from(`{"a":"\\\\","b":${"[".repeat(MAX_JSON_DEPTH)}`))).toBe("too deep");
  });

  test("a string ends at its quote, whatever its length and wherever an escape stands", () => {
    for (let length = 0; length < 120; length++) {
      for (const end of ["", '"', "\\", '\\"', '"\\']) {
        const within = JSON.stringify("x".repeat(length) + end);
        expect(scanJson(Buffer.from(`{"a":${within},"b":[[[1]]]}`), 4)).toBeUndefined();
        expect(scanJson(Buffer.from(`{"a":${within},"b":[[[1]]]}`), 3)).toBe("too deep");
        expect(scanJson(Buffer.from(within.slice(0, -1)), 1)).toBeUndefined();
      }
    }
  });

  test("X11 the last of two equal keys counts, and no key reaches a prototype", async () => {
    const text = `{"items":[{"id":"keys","id":"keys2","trace_id":"keys","name":"n","start_timestamp":"2026-01-01T00:00:00Z","input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}]}`;
    expect((await put(text)).status).toBe(200);
    const span = await (await fixture.get("/api/traces/keys/spans/keys2")).text();
    expect(span).toContain('"__proto__":{"polluted":1}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("S3 X19 senders that announce a body and hold it back", () => {
  const announce = (bytes: number) =>
    requestHead(
      "/v5/spans/batch",
      [`Host: 127.0.0.1:${dripped.port}`, "Content-Type: application/json", `Content-Length: ${bytes}`],
      "PUT",
    );
  const clock = new ManualClock();
  let dripped: CollectorFixture;
  beforeAll(async () => {
    dripped = await CollectorFixture.start({ clock });
  });
  afterAll(() => dripped.stop());

  test("reserve nothing: an honest sender is served beside fifty of them", async () => {
    const drips = Array.from({ length: 50 }, () => {
      const socket = connect(dripped.port, "127.0.0.1");
      return socket.on("error", () => {}).on("connect", () => socket.write(`${announce(MAX_BODY_BYTES)}{`));
    });
    await until(() => clock.timerCount >= drips.length);
    const answer = await dripped.send("PUT", "/v5/spans/batch", {
      items: [sgpItem({ input: { text: "x".repeat(1_000_000) } })],
    });
    expect(answer.status).toBe(200);
    const closed = Promise.all(drips.map((socket) => once(socket.resume(), "close")));
    await clock.advance(BODY_GRACE_MS);
    await closed;
  });

  test("are 408 once they fall behind the slowest rate", async () => {
    const before = clock.timerCount;
    const socket = connect(dripped.port, "127.0.0.1");
    socket.write(announce(1_000_000));
    socket.write("x".repeat((BODY_GRACE_MS / 1000) * MIN_BODY_BYTES_PER_SECOND + 100));
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    await until(() => socket.bytesWritten > BODY_GRACE_MS && clock.timerCount > before);
    await dripped.get("/healthz");
    await clock.advance(BODY_GRACE_MS);
    expect(answer).toBe("");
    await clock.advance(1_000);
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

/** The test's own time limit bounds it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** A body as it arrives, and the request that its room belongs to. */
const arriving = () => {
  const raw = Object.assign(new PassThrough(), { headers: { "content-type": "application/json" } });
  return { raw, request: { raw, project: "p", sendContinue: () => {} } as unknown as RouteRequest };
};

test("all bodies together have a bound: beyond it a sender reads 503, and room is given back when a request was served", async () => {
  const receiver = new BodyReceiver(undefined, undefined, { bodyBytes: 100 });
  const [first, second, third, fourth] = [arriving(), arriving(), arriving(), arriving()];
  let finish = () => {};
  const served = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const firstReceived = receiver.receiveJson(first.request);
  const firstServed = receiver.releasing(first.request, () => served);
  first.raw.write(`["${"x".repeat(80)}"`);
  await new Promise((resolve) => setImmediate(resolve));
  const secondReceived = receiver.receiveJson(second.request);
  second.raw.write(" ".repeat(40));
  await expect(secondReceived).rejects.toMatchObject({ status: 503, code: "BUSY" });
  first.raw.end("]");
  expect(await firstReceived).toEqual(["x".repeat(80)]);
  // What was parsed of it is still there.
  const thirdReceived = receiver.receiveJson(third.request);
  third.raw.end(`${" ".repeat(60)}[]`);
  await expect(thirdReceived).rejects.toMatchObject({ status: 503, code: "BUSY" });
  finish();
  await firstServed;
  const fourthReceived = receiver.receiveJson(fourth.request);
  fourth.raw.end(`${" ".repeat(60)}[]`);
  expect(await fourthReceived).toEqual([]);
});

test("a body beyond the bound of all is taken while no other is there", async () => {
  const receiver = new BodyReceiver(undefined, undefined, { bodyBytes: 100 });
  const { raw, request } = arriving();
  const received = receiver.receiveJson(request);
  raw.write(`["${"x".repeat(80)}"`);
  await new Promise((resolve) => setImmediate(resolve));
  raw.end(`${" ".repeat(80)}]`);
  expect(await received).toEqual(["x".repeat(80)]);
});

test("a body that becomes too much memory alone is 413, one that does beside others 503, and nothing is parsed of either", async () => {
  const receiver = new BodyReceiver(undefined, undefined, { parsedBytes: 1000 });
  const receive = async (text: string) => {
    const { raw, request } = arriving();
    raw.end(text);
    return { request, value: await receiver.receiveJson(request) };
  };
  // No JSON, which only parsing would find.
  await expect(receive(`[${"0,".repeat(20)}`)).rejects.toMatchObject({ status: 413, code: "TOO_LARGE" });
  const first = await receive("[0,0,0,0]");
  expect(first.value).toEqual([0, 0, 0, 0]);
  await expect(receive("[0,0,0,0")).rejects.toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  await receiver.releasing(first.request, () => {});
  expect((await receive("[0,0,0,0]")).value).toEqual([0, 0, 0, 0]);
});
