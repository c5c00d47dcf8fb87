import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { acceptedEncoding } from "./response-writer.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
  const items = Array.from({ length: 50 }, (_, i) =>
    sgpItem({ id: `s${i}`, input: { text: "repeated ".repeat(100) } }),
  );
  await fixture.send("PUT", "/v5/spans/batch", { items });
});
afterAll(() => fixture.stop());

interface Received {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly bytes: Buffer;
}

function get(path: string, acceptEncoding: string | undefined, method = "GET"): Promise<Received> {
  const headers = acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding };
  return new Promise((resolve, reject) => {
    request(fixture.collector.url + path, { method, headers, agent: false }, async (response) => {
      resolve({ headers: response.headers, bytes: Buffer.concat(await response.toArray()) });
    })
      .on("error", reject)
      .end();
  });
}

describe("responses over 4 KB", () => {
  test.each([
    ["br", "gzip, deflate, br", brotliDecompressSync],
    ["gzip", "gzip, deflate", gunzipSync],
  ] as const)("go out as %s to a reader that takes %s, and are the same", async (encoding, accepted, decompress) => {
    const plain = await get("/api/traces/trace-1", undefined);
    const { headers, bytes } = await get("/api/traces/trace-1", accepted);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers.vary).toBe("accept-encoding");
    expect(plain.headers.vary).toBe("accept-encoding");
    expect(Number(headers["content-length"])).toBe(bytes.byteLength);
    expect(bytes.byteLength).toBeLessThan(plain.bytes.byteLength / 5);
    expect(decompress(bytes).equals(plain.bytes)).toBe(true);
  });

  test("stay as they are where they are small, have no body, or the reader does not take it", async () => {
    expect((await get("/healthz", "br")).headers["content-encoding"]).toBeUndefined();
    expect((await get("/api/traces/trace-1", "br", "HEAD")).bytes.byteLength).toBe(0);
    expect((await get("/api/traces/trace-1", "br;q=0, identity")).headers["content-encoding"]).toBeUndefined();
  });

  test("are understood by an ordinary client", async () => {
    const { spans } = (await (await fixture.get("/api/traces/trace-1")).json()) as { spans: unknown[] };
    expect(spans).toHaveLength(50);
  });
});

test.each([
  [undefined, undefined],
  ["", undefined],
  ["br", "br"],
  ["GZIP", "gzip"],
  ["gzip;q=1.0, br;q=0.5", "br"],
  ["br;q=0, gzip", "gzip"],
  ["br;q=0.0,gzip;q=0", undefined],
  ["brotli, x-gzip, *", undefined],
  [`${"a,".repeat(8000)}br`, undefined],
])("accept-encoding %j is read as %s", (header, encoding) => {
  expect(acceptedEncoding(header)).toBe(encoding);
});
