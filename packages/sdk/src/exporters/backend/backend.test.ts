import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bodyOf } from "../../encoding/body.ts";
import { Secret } from "../../transport/secret.ts";
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "../../transport/transport.ts";
import { Backend, forThose } from "./backend.ts";
import { BackendAddress, type BackendAddressOptions } from "./backend-address.ts";
import { readJson } from "./read-json.ts";

const SIGNAL = new AbortController().signal;
const INVALID = expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" });

class Noting implements Transport {
  readonly requests: TransportRequest[] = [];
  closings = 0;
  readonly #answer: Partial<TransportResponse> | Error;

  constructor(answer: Partial<TransportResponse> | Error = {}) {
    this.#answer = answer;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    if (this.#answer instanceof Error) throw this.#answer;
    return { status: 200, headers: {}, body: Buffer.alloc(0), bodyTruncated: false, ...this.#answer };
  }

  async close(): Promise<void> {
    this.closings += 1;
  }
}

const addressOf = (options: Partial<BackendAddressOptions> = {}) =>
  new BackendAddress({
    urlOption: "url",
    url: "https://api.test/base",
    headers: { "X-Key": new Secret("hunter22-hunter22"), "x-plain": "a" },
    ...options,
  });

const backendOf = (transport: Transport, compression?: "gzip") =>
  new Backend(addressOf(), { transport, ...(compression && { compression }) });

function noted(text: string) {
  let releases = 0;
  const release = () => {
    releases += 1;
  };
  const body = { ...bodyOf(Buffer.from(text)), release };
  return { body, releases: () => releases };
}

describe("a request to a back end", () => {
  test("has its address, its headers and the body, which is released then", async () => {
    const transport = new Noting();
    const { body, releases } = noted("{}");
    const { outcome, response } = await backendOf(transport).send("PUT", "/path", body, SIGNAL);
    expect(outcome).toEqual({ kind: "delivered" });
    expect(response).toMatchObject({ status: 200 });
    expect(transport.requests).toEqual([
      {
        method: "PUT",
        url: "https://api.test/base/path",
        headers: { "x-key": "hunter22-hunter22", "x-plain": "a", "content-type": "application/json" },
        body: body.pieces,
        bodyBytes: 2,
        signal: SIGNAL,
        deadlineMs: 120_000,
      },
    ]);
    expect(releases()).toBe(1);
  });

  test("says what it carries, compressed or not", async () => {
    const transport = new Noting();
    const { body } = noted("a".repeat(1_000));
    await backendOf(transport, "gzip").send("POST", "", body, SIGNAL, { contentType: "application/x-protobuf" });
    const [{ headers, body: pieces, bodyBytes }] = transport.requests as [TransportRequest];
    expect(headers).toMatchObject({ "content-type": "application/x-protobuf", "content-encoding": "gzip" });
    const sent = Buffer.concat(pieces as Uint8Array[]);
    expect(sent).toHaveLength(bodyBytes);
    expect(gunzipSync(sent).toString()).toBe("a".repeat(1_000));
  });

  test("without an answer is what the failure means, without its credential, and the body is released", async () => {
    const { body, releases } = noted("{}");
    const failing = new Noting(new TransportError("reset", "broke after hunter22-hunter22", true));
    const result = await backendOf(failing).send("POST", "/path", body, SIGNAL);
    expect(result).toEqual({
      outcome: { kind: "busy", maybeDelivered: true, reason: expect.stringContaining("broke after [redacted]") },
    });
    expect(releases()).toBe(1);
  });

  test("is judged by whoever sends it, when they say so", async () => {
    const transport = new Noting({ status: 418 });
    const seen: unknown[] = [];
    const { outcome } = await backendOf(transport).send("POST", "/path", noted("").body, SIGNAL, {
      classify: ({ status }, { method, url }) => {
        seen.push(status, method, url);
        return { kind: "tooLarge" };
      },
    });
    expect([outcome, ...seen]).toEqual([{ kind: "tooLarge" }, 418, "POST", "https://api.test/base/path"]);
  });

  test("goes over a transport that is closed by whoever made it", async () => {
    const transport = new Noting();
    await backendOf(transport).close();
    expect(transport.closings).toBe(0);
    const own = new Backend(addressOf(), {});
    let isClosed = false;
    own.transport.close = async () => {
      isClosed = true;
    };
    await own.close();
    expect(isClosed).toBe(true);
  });
});

test("the outcome of a part of a batch says of which positions it speaks", () => {
  const busy = { kind: "busy", reason: "r" } as const;
  expect(forThose({ kind: "delivered" }, [1])).toEqual({ kind: "delivered" });
  expect(forThose(busy, [1])).toEqual(busy);
  expect(forThose({ ...busy, maybeDelivered: false }, [1])).toEqual({ ...busy, maybeDelivered: false });
  expect(forThose({ ...busy, maybeDelivered: true }, [1, 3])).toEqual({ ...busy, maybeDelivered: [1, 3] });
});

describe("what is read from a back end", () => {
  const read = (answer: Partial<TransportResponse> | Error, transport = new Noting(answer)) =>
    readJson(backendOf(transport), "POST", "/path", bodyOf(Buffer.from("{}")));

  test("is asked for with its address and headers, within bounds", async () => {
    const transport = new Noting({ body: Buffer.from('{"a":1}') });
    expect(await readJson(backendOf(transport), "GET", "/path")).toEqual({ a: 1 });
    expect(transport.requests).toEqual([
      {
        method: "GET",
        url: "https://api.test/base/path",
        headers: {
          "x-key": "hunter22-hunter22",
          "x-plain": "a",
          accept: "application/json",
          "content-type": "application/json",
        },
        body: [],
        bodyBytes: 0,
        deadlineMs: expect.any(Number),
        maxResponseBytes: 64 * 1024 * 1024,
      },
    ]);
    await read({}, transport);
    expect(transport.requests[1]).toMatchObject({ method: "POST", bodyBytes: 2 });
  });

  test("is undefined where it is not there, and keeps numbers that no double holds", async () => {
    expect(await read({ status: 404 })).toBeUndefined();
    expect(String(await read({ body: Buffer.from("12345678901234567890") }))).toBe("12345678901234567890");
  });

  test.each<[what: string, answer: Partial<TransportResponse> | Error, words: string]>([
    ["a refusal", { status: 401, body: Buffer.from('{"message":"bad hunter22-hunter22"}') }, "401: bad [redacted]"],
    ["too much asked", { status: 413 }, "tooLarge"],
    ["no answer", new TransportError("dns", "no such name", false), "no such name"],
    ["more than is read", { bodyTruncated: true }, "longer than 67108864 bytes"],
    ["what is no JSON", { body: Buffer.from("{") }, "JSON"],
  ])("is an error in words: %s", async (_what, answer, words) => {
    await expect(read(answer)).rejects.toThrow(words);
  });
});

describe("the address of a back end", () => {
  test("has its headers in lower case, and a user and password as one of them", () => {
    const address = addressOf({ url: "https://me:pass@api.test/base", headers: { "X-A": "b" } });
    const authorization = `Basic ${btoa("me:pass")}`;
    expect(address.headers).toEqual({ "x-a": "b", authorization });
    expect(address.secrets.map((secret) => secret.reveal())).toEqual([authorization]);
    expect(address.urlOf("/x")).toBe("https://api.test/base/x");
  });

  test("knows its credentials, which no clear HTTP to another machine may carry", () => {
    expect(addressOf().secrets.map((secret) => secret.reveal())).toEqual(["hunter22-hunter22"]);
    expect(() => addressOf({ url: "http://api.test" })).toThrow(
      expect.objectContaining({ code: "EVERSPAN_INSECURE_URL" }),
    );
    expect(() => addressOf({ url: "http://api.test", allowInsecure: true })).not.toThrow();
    expect(() => addressOf({ url: "http://api.test", headers: { "x-plain": "a" } })).not.toThrow();
  });

  test.each(["connection", "Content-Length", "expect", "HOST", "keep-alive", "te", "trailer", "upgrade"])(
    "leaves %s to the transport",
    (name) => {
      expect(() => addressOf({ headers: { [name]: "a" } })).toThrow(INVALID);
      expect(() => addressOf({ headers: { [`x-${name}`]: "a", [`${name}-x`]: "a" } })).not.toThrow();
    },
  );

  test.each<[value: unknown, words: string]>([
    [null, "got null"],
    [5, "got number"],
    ["a\n", 'can\'t carry "\\n", the line break at its end'],
    ["a\nb", 'can\'t carry "\\n"'],
    ["\u{1f511}", "can't carry"],
  ])("refuses the value %j and says why", (value, words) => {
    const make = () => addressOf({ headers: { "x-a": value as string } });
    expect(make).toThrow(INVALID);
    expect(make).toThrow(words);
    if (!words.includes("end")) expect(make).not.toThrow("at its end");
  });

  test("takes tabs, Latin-1 and every sign that a name may have", () => {
    const headers = { "a!#$%&'*+-.^_`|~9": "\t \u00ff~" };
    expect(addressOf({ headers }).headers).toEqual(headers);
  });
});
