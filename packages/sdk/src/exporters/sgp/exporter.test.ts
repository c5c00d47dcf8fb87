import { inspect } from "node:util";
import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT, ended } from "../testing/snapshots.ts";
import { SgpExporter } from "./exporter.ts";

let server: ScriptedServer;
let exporter: SgpExporter;
beforeEach(async () => {
  server = await ScriptedServer.start();
  exporter = new SgpExporter({ apiKey: "key-0123456789", accountId: "account-1", baseUrl: `${server.url}/base/` });
});
afterEach(async () => {
  await exporter.shutdown();
  await server.close();
});

const itemsSent = () =>
  server.requests.flatMap(({ body }) => JSON.parse(body.toString()).items as Record<string, unknown>[]);

describe("SgpExporter", () => {
  test("puts a batch with the key and the account", async () => {
    await exporter.export([ended()], ATTEMPT);
    expect(server.requests[0]).toMatchObject({
      method: "PUT",
      path: "/base/v5/spans/batch",
      headers: {
        "x-api-key": "key-0123456789",
        "x-selected-account-id": "account-1",
        "content-type": "application/json",
      },
    });
  });

  test.each([
    ["", "a"],
    ["k", ""],
  ])("an empty key or account (%j, %j) disables it", (apiKey, accountId) => {
    expect(new SgpExporter({ apiKey, accountId }).disabledReason).toMatch(/empty/);
  });

  test("X24 the key is in no form of the exporter that can be printed", () => {
    expect(inspect(exporter, { depth: 20, showHidden: true }) + JSON.stringify(exporter)).not.toContain("0123456789");
  });

  test("an injected transport is used, and left open at shutdown", async () => {
    let isClosed = false;
    const urls: string[] = [];
    const transport = {
      send: async ({ url }: { url: string }) => {
        urls.push(url);
        return { status: 200, headers: {}, body: Buffer.alloc(0), bodyTruncated: false };
      },
      close: async () => {
        isClosed = true;
      },
    };
    const injected = new SgpExporter({ apiKey: "k", accountId: "a", transport });
    expect(await injected.export([ended()], ATTEMPT)).toEqual({ kind: "delivered" });
    await injected.shutdown();
    expect([urls, isClosed]).toEqual([["https://api.egp.scale.com/v5/spans/batch"], false]);
  });

  test("more than the platform takes in one request is too large, without a request", async () => {
    const batch = Array.from({ length: 1_001 }, (_, i) => ended({ id: `span-${i}` }));
    expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "tooLarge" });
    expect(server.requests).toEqual([]);
  });
});

describe("before it is sent", () => {
  test("what no repair can save is rejected by id and reason, and the rest is delivered", async () => {
    const bad = [
      ended({ id: "nul\0" }),
      ended({ id: "" }),
      ended({ id: "long", traceId: "é".repeat(129) }),
      ended({ id: "when", startTime: "yesterday" }),
      ended({ id: "until", endTime: "tomorrow" }),
    ];
    const outcome = await exporter.export([ended({ id: "good" }), ...bad], ATTEMPT);
    expect(outcome).toEqual({
      kind: "partial",
      rejected: [
        { id: "nul\0", reason: "the span id holds a NUL" },
        { id: "", reason: "the span id is empty" },
        { id: "long", reason: "the trace id is longer than 256 bytes" },
        { id: "when", reason: "the start time is not a time" },
        { id: "until", reason: "the end time is not a time" },
      ],
    });
    expect(itemsSent().map(({ id }) => id)).toEqual(["good"]);
  });

  test("a batch of nothing good makes no request", async () => {
    expect(await exporter.export([ended({ id: "" })], ATTEMPT)).toMatchObject({ kind: "partial" });
    expect(server.requests).toEqual([]);
  });

  test("what can be repaired is: the end before the start, a parent that can't be named, a payload that is no object", async () => {
    const span = ended({ parentId: "p".repeat(257), endTime: "2026-01-31T11:59:59.000000Z", input: ["a"], output: 0 });
    expect(await exporter.export([span], ATTEMPT)).toEqual({ kind: "delivered" });
    expect(itemsSent()[0]).toMatchObject({
      end_timestamp: span.startTime,
      input: { value: ["a"] },
      output: { value: 0 },
    });
    expect(itemsSent()[0]).not.toHaveProperty("parent_id");
  });

  test.each([
    ["2026-01-31T12:00:00.000000Z", "2026-01-31T13:00:00+02:00", true],
    ["2026-01-31T12:00:00.000000Z", "2026-01-31T11:00:00-02:00", false],
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000001Z", false],
    ["2026-01-31T12:00:00.000001Z", "2026-01-31T12:00:00.000000Z", true],
    ["2026-01-31T12:00:00.000001Z", "2026-01-31T12:00:00.000001Z", false],
  ])(
    "a start at %s and an end at %s are compared as instants, however they are spelled",
    async (startTime, endTime, isBefore) => {
      expect(await exporter.export([ended({ startTime, endTime })], ATTEMPT)).toEqual({ kind: "delivered" });
      expect(itemsSent()[0]).toMatchObject({ end_timestamp: isBefore ? startTime : endTime });
    },
  );

  test.each(["2026-13-31T12:00:00.000000Z", "2026-01-31T24:00:01.000000Z", "0026-01-31T12:00:00.000000Z"])(
    "%s has the form of a time and is none",
    async (time) => {
      const outcome = await exporter.export([ended({ startTime: time }), ended({ endTime: time })], ATTEMPT);
      expect(outcome).toMatchObject({
        rejected: [{ reason: "the start time is not a time" }, { reason: "the end time is not a time" }],
      });
    },
  );

  test("a failure of the request is the batch's, whatever was found before", async () => {
    server.answerAlways({ status: 503 });
    expect(await exporter.export([ended(), ended({ id: "" })], ATTEMPT)).toMatchObject({ kind: "busy" });
  });

  test("a span that can't be encoded is poison, not an exception", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(await exporter.export([ended({ input: cycle })], ATTEMPT)).toMatchObject({ kind: "poison" });
  });
});
