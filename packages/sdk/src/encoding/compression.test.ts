import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as zlib from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { Backend } from "../exporters/backend/backend.ts";
import { BackendAddress } from "../exporters/backend/backend-address.ts";
import { bodyOf } from "./body.ts";

const TEXT = "where is order 4711? ".repeat(200);
/** What the running Node sends for `zstd`. */
const BEST = "zstdCompress" in zlib ? "zstd" : "gzip";

const unpack: Record<string, (bytes: Buffer) => Buffer> = {
  plain: (bytes) => bytes,
  gzip: zlib.gunzipSync,
  zstd: (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync!,
};

let server: Server;
afterEach(() => void server.close());

/** A back end that takes bodies in these encodings, and notes how each came and what was in it. */
async function backEnd(takes: readonly string[]) {
  const came: (readonly [encoding: string, text: string])[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const encoding = request.headers["content-encoding"] ?? "plain";
      came.push([encoding, unpack[encoding]!(Buffer.concat(chunks)).toString()]);
      response.statusCode = takes.includes(encoding) ? 200 : 415;
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { came, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function exporting(url: string, compression: "zstd" | "gzip" | "none" | undefined) {
  const backend = new Backend(new BackendAddress({ urlOption: "url", url, headers: {} }), { compression });
  let releases = 0;
  const body = () => ({
    ...bodyOf(Buffer.from(TEXT.slice(0, 100)), Buffer.from(TEXT.slice(100))),
    release: () => void releases++,
  });
  return {
    send: async () => (await backend.send("POST", "/", body(), new AbortController().signal)).outcome,
    close: () => backend.close(),
    releases: () => releases,
  };
}

const inForm = (form: string) => [form, TEXT] as const;

test.each([
  ["zstd", BEST],
  ["gzip", "gzip"],
  ["none", "plain"],
  [undefined, "plain"],
] as const)("a body asked for as %s goes as %s", async (compression, encoding) => {
  const { came, url } = await backEnd(["zstd", "gzip", "plain"]);
  const { send, close, releases } = exporting(url, compression);
  expect(await send()).toEqual({ kind: "delivered" });
  expect(came).toEqual([inForm(encoding)]);
  expect(releases()).toBe(1);
  await close();
});

test("what a back end refuses by 415 it gets in the next form, then and from then on", async () => {
  const { came, url } = await backEnd(["plain"]);
  const { send, close, releases } = exporting(url, "zstd");
  expect(await send()).toEqual({ kind: "delivered" });
  const tried = BEST === "zstd" ? ["zstd", "gzip", "plain"] : ["gzip", "plain"];
  expect(came).toEqual(tried.map(inForm));
  expect(await send()).toEqual({ kind: "delivered" });
  expect(came.slice(tried.length)).toEqual([inForm("plain")]);
  expect(releases()).toBe(2);
  await close();
});

test("what takes gzip and no zstd gets gzip", async () => {
  const { came, url } = await backEnd(["gzip", "plain"]);
  const { send, close } = exporting(url, "zstd");
  await send();
  await send();
  expect(came).toEqual((BEST === "zstd" ? ["zstd", "gzip", "gzip"] : ["gzip", "gzip"]).map(inForm));
  await close();
});

test("where every form is refused it was not the form: the next body is compressed again", async () => {
  const { came, url } = await backEnd([]);
  const { send, close } = exporting(url, "gzip");
  expect((await send()).kind).not.toBe("delivered");
  await send();
  expect(came).toEqual(["gzip", "plain", "gzip", "plain"].map(inForm));
  await close();
});
