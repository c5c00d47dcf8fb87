import { decodeNativeBatch, type SpanSnapshot } from "@everspan/protocol";
import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BackendAddress } from "../exporters/backend/backend-address.ts";
import { ATTEMPT, ended } from "../exporters/testing/snapshots.ts";
import { FetchTransport } from "../transport/fetch-transport.ts";
import { CollectorSender } from "./collector-sender.ts";

let server: ScriptedServer;
let sender: CollectorSender;
beforeEach(async () => {
  server = await ScriptedServer.start();
  const address = new BackendAddress({ urlOption: "url", url: server.url, headers: {} });
  sender = new CollectorSender(address, { transport: new FetchTransport() });
});
afterEach(() => server.close());

async function arrived(snapshots: readonly SpanSnapshot[]) {
  expect(await sender.export(snapshots, ATTEMPT)).toEqual({ kind: "delivered" });
  const decoded = decodeNativeBatch(JSON.parse(server.requests[0]!.body.toString()), () => "no blob is named");
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.batch;
}

test("what the collector reads is what was recorded, keys and texts that look like references among it", async () => {
  const input = {
    $blob: "mine",
    $$blob: { $blob: 1 },
    list: [{ a: 1, $blob: '{"$blob":"x"},"$blob":' }],
    ',"$blob': 2,
    '{"$blob":': ',"$$blob":',
  };
  const { snapshots: spans } = await arrived([
    ended({ id: "a", input }),
    ended({ id: "b", output: "x".repeat(5_000) }),
  ]);
  expect(spans.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(spans[0]!.input).toEqual(input);
  expect(spans[1]!.output).toBe("x".repeat(5_000));
});

test("spans that the collector refuses are rejected by id; any other answer is as its status says", async () => {
  server.answerNext({ status: 200, body: '{"rejected":[{"id":"a","reason":"no"}]}' });
  expect(await sender.export([ended({ id: "a" })], ATTEMPT)).toEqual({
    kind: "partial",
    rejected: [{ id: "a", reason: "no" }],
  });
  server.answerNext({ status: 200, body: "not JSON" });
  expect(await sender.export([ended({ id: "a" })], ATTEMPT)).toEqual({ kind: "delivered" });
  server.answerNext({ status: 503, body: "" });
  expect(await sender.export([ended({ id: "a" })], ATTEMPT)).toMatchObject({ kind: "busy" });
});
