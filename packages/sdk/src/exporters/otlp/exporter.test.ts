import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT, ended, started } from "../testing/snapshots.ts";
import { OtlpExporter } from "./exporter.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

/** An unsigned number as protobuf writes it: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function field(tag: number, bytes: readonly number[]): Buffer {
  return Buffer.from([tag, ...varint(bytes.length), ...bytes]);
}

const batch = ["a", "b", "c"].map((id) => ended({ id }));

describe.each(["json", "protobuf"] as const)("OtlpExporter, %s", (protocol) => {
  let exporter: OtlpExporter;
  beforeEach(() => {
    exporter = new OtlpExporter({ endpoint: server.url, protocol, headers: { "x-api-key": "key-of-the-test" } });
  });
  afterEach(() => exporter.shutdown());

  const partial = (count: number, message: string) =>
    protocol === "json"
      ? {
          status: 200,
          body: JSON.stringify({ partialSuccess: { rejectedSpans: String(count), errorMessage: message } }),
        }
      : {
          status: 200,
          headers: { "content-type": "application/x-protobuf" },
          body: field(0x0a, [0x08, ...varint(count), ...field(0x12, [...Buffer.from(message)])]),
        };

  test("posts to /v1/traces in the type that was chosen", async () => {
    expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "delivered" });
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/traces",
      headers: {
        "content-type": protocol === "json" ? "application/json" : "application/x-protobuf",
        "x-api-key": "key-of-the-test",
      },
    });
  });

  test("a span that runs is acknowledged without a request", async () => {
    expect(await exporter.export([started()], ATTEMPT)).toEqual({ kind: "delivered" });
    expect(server.requests).toEqual([]);
  });

  test("W8 a partial success is counted and never sent again", async () => {
    server.answerNext(partial(2, "too old"));
    const outcome = await exporter.export(batch, ATTEMPT);
    expect(outcome).toMatchObject({ kind: "partial", rejected: [{ id: "a" }, { id: "b" }] });
    expect(JSON.stringify(outcome)).toContain("2 of 3 spans rejected, which ones is not said: too old");
  });

  test("W8 more rejected than sent are as many as were sent; none with a message is a success", async () => {
    server.answerNext(partial(9, "all"), partial(0, "slow down"));
    expect(await exporter.export(batch, ATTEMPT)).toMatchObject({ rejected: [{}, {}, {}] });
    expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "delivered" });
  });

  test("W8 counts of 128 and more are read whole", async () => {
    const many = Array.from({ length: 400 }, (_, index) => ended({ id: `${index}` }));
    for (const count of [127, 128, 300]) {
      server.answerNext(partial(count, "too old"));
      expect(await exporter.export(many, ATTEMPT)).toHaveProperty("rejected.length", count);
    }
  });

  test("W7 an answer that can't be read is a success", async () => {
    for (const body of ["", "{", "null", "\u0001\u0002", Buffer.from([0x0a, 0xff, 0xff])]) {
      server.answerNext(
        { status: 200, body, headers: { "content-type": "application/x-protobuf" } },
        { status: 200, body },
      );
      expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "delivered" });
      expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "delivered" });
    }
  });
});

describe("the address", () => {
  test("url is used as it is", async () => {
    const exporter = new OtlpExporter({ url: `${server.url}/api/public/otel/v1/traces` });
    await exporter.export(batch, ATTEMPT);
    expect(server.requests[0]?.path).toBe("/api/public/otel/v1/traces");
    await exporter.shutdown();
  });

  test("W21 a header whose name says credential does not travel over clear HTTP", () => {
    const options = { endpoint: "http://otlp.test", headers: { Authorization: "Bearer x" } };
    expect(() => new OtlpExporter(options)).toThrow(expect.objectContaining({ code: "EVERSPAN_INSECURE_URL" }));
    expect(() => new OtlpExporter({ ...options, allowInsecure: true })).not.toThrow();
    expect(() => new OtlpExporter({ ...options, headers: { "x-scope": "1" } })).not.toThrow();
  });
});
