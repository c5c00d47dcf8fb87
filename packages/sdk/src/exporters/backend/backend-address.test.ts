import { ScriptedServer } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { AgentexExporter } from "../agentex/exporter.ts";
import { CollectorExporter } from "../collector/exporter.ts";
import { OtlpExporter } from "../otlp/exporter.ts";
import { SgpExporter } from "../sgp/exporter.ts";
import { ATTEMPT, ended } from "../testing/snapshots.ts";

const INVALID = expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" });

describe("a header that can't be sent is one error of the constructor, without its value", () => {
  test.each([
    ["a name with a space", { "api key": "hunter22" }],
    ["an empty name", { "": "hunter22" }],
    ["a name with a line break", { "x-a\r\nx-b": "hunter22" }],
    ["a value with a line break", { "x-key": "hunter22\r\nx-evil: 1" }],
    ["a value with NUL", { "x-key": "hunter22\0" }],
    ["a value beyond Latin-1", { "x-key": "hunter22\u{1f511}" }],
    ["no string", { "x-key": undefined as unknown as string }],
    ["what the transport sets", { "Transfer-Encoding": "chunked" }],
    ["the host", { host: "hunter22" }],
  ])("%s", (_, headers) => {
    const make = () => new OtlpExporter({ endpoint: "http://127.0.0.1:9", headers });
    expect(make).toThrow(INVALID);
    expect(make).not.toThrow("hunter22");
  });

  test("a key read from a file with its line break, in every exporter", () => {
    const key = "hunter22\n";
    expect(() => new SgpExporter({ apiKey: key, accountId: "a" })).toThrow(INVALID);
    expect(() => new SgpExporter({ apiKey: "k", accountId: "a\n" })).toThrow(INVALID);
    expect(() => new AgentexExporter({ baseUrl: "https://a.test", apiKey: key })).toThrow("line break at its end");
    expect(() => new CollectorExporter({ token: key })).toThrow(INVALID);
  });
});

test("a form that nobody knows is one error of the constructor that names the known ones", () => {
  const zip = { compression: "zip" as "gzip" };
  const make = [
    () => new SgpExporter({ apiKey: "k", accountId: "a", ...zip }),
    () => new AgentexExporter({ baseUrl: "https://a.test", ...zip }),
    () => new CollectorExporter(zip),
    () => new OtlpExporter(zip),
  ];
  for (const one of make) expect(one).toThrow('compression: expected one of zstd, gzip, none, got "zip"');
  expect(() => new OtlpExporter({ protocol: "grpc" as "json" })).toThrow(
    'protocol: expected one of json, protobuf, got "grpc"',
  );
  expect(() => new OtlpExporter({ compression: undefined, protocol: undefined })).not.toThrow();
});

test("a key that is not there disables the exporter, as an empty one does", () => {
  const options = { apiKey: undefined as unknown as string, accountId: undefined as unknown as string };
  expect(new SgpExporter(options).disabledReason).toContain("API key");
  expect(new SgpExporter({ ...options, apiKey: "k" }).disabledReason).toContain("account id");
});

describe("what a back end echoes of a credential is in no reason", () => {
  test.each([
    ["the key of a Bearer", "Bearer sk-0123456789abcdef", "sk-0123456789abcdef"],
    ["the whole value", "sk-0123456789abcdef", "sk-0123456789abcdef"],
    ["one of several", "Api-Key=abcdef0123456789,scope=x", "abcdef0123456789"],
    ["the password of a Basic", `Basic ${btoa("me:correct horse")}`, "correct horse"],
    ["the coded pair of a Basic", `Basic ${btoa("me:correct horse")}`, btoa("me:correct horse")],
  ])("%s", async (_, authorization, echoed) => {
    const server = await ScriptedServer.start();
    server.answerAlways({ status: 401, body: JSON.stringify({ message: `no such key: ${echoed}` }) });
    const exporter = new OtlpExporter({ endpoint: server.url, headers: { authorization } });
    const outcome = await exporter.export([ended()], ATTEMPT);
    expect(outcome).toMatchObject({ kind: "misconfigured" });
    expect(JSON.stringify(outcome)).not.toContain(echoed);
    expect(JSON.stringify(outcome)).toContain("no such key: [redacted]");
    await exporter.shutdown();
    await server.close();
  });
});
