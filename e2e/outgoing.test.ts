/** The collector answers and never asks: no address in what it is sent makes it connect to anything. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { COLLECTOR_CLI, CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";

const PROBE = join(ROOT, "e2e/programs/outgoing-probe.mjs");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let noted: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  noted = `${folder.path}-outgoing`;
  writeFileSync(noted, "");
  process.env.OUTGOING_PROBE_FILE = noted;
});
afterEach(async () => {
  delete process.env.OUTGOING_PROBE_FILE;
  await folder.remove();
});

/** Forms under which this machine, and what clouds tell their machines, can be written. */
const addressesAt = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}/a`,
  `http://2130706433:${port}/a`,
  `http://0x7f000001:${port}/a`,
  `http://127.1:${port}/a`,
  `http://[::ffff:127.0.0.1]:${port}/a`,
  `//localhost:${port}/a`,
  "http://169.254.169.254/latest/meta-data/",
  "http://metadata.google.internal/computeMetadata/v1/",
  "file:///etc/passwd",
];

/** Everywhere that a sender may name an address: pictures, documents, where to call back, links, its own address. */
function spansOf(url: string, at: number): object[] {
  const parts = [
    { type: "text", text: `see ${url} and ![](${url})` },
    { type: "image_url", image_url: { url } },
    { type: "image", source: { type: "url", url } },
    { type: "input_file", file_url: url },
  ];
  const data = { url, webhook: url, callback_url: url, base_url: url, "server.address": url, "url.full": url };
  const times = { start_timestamp: "2026-01-31T12:00:00Z", end_timestamp: "2026-01-31T12:00:01Z" };
  const input = { model: "gpt-4o", messages: [{ role: "user", content: parts }] };
  return [
    {
      id: `s${at}`,
      trace_id: `t${at}`,
      name: url,
      type: "COMPLETION",
      input,
      output: { url },
      metadata: data,
      ...times,
    },
  ];
}

test("X22 no address in a span, a header or a question makes the collector connect to it", async () => {
  let calls = 0;
  const canary = createServer((_request, response) => {
    calls += 1;
    response.end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => canary.once("listening", resolve));
  const { port } = canary.address() as AddressInfo;
  const script = ["--import", PROBE, COLLECTOR_CLI, "serve"];
  const collector = await CollectorProcess.start({ dataDirectory: folder.path, script });
  const addresses = addressesAt(port);
  for (const [at, url] of addresses.entries()) {
    const hints = {
      origin: url,
      referer: url,
      "x-forwarded-host": url,
      forwarded: `for=${url}`,
      baggage: `url=${url}`,
    };
    const headers = { "content-type": "application/json", "x-original-url": url, ...hints, origin: collector.url };
    const body = JSON.stringify({ items: spansOf(url, at) });
    expect((await fetch(`${collector.url}/v5/spans/batch`, { method: "PUT", headers, body })).status).toBe(200);
    for (const path of [`/api/traces/t${at}?payloads=full`, `/api/traces/t${at}/spans/s${at}`])
      await collector.get(path);
    for (const format of ["native", "otlp", "markdown", "chat", "evaluation"]) {
      await (await collector.get(`/api/traces/t${at}/export?format=${format}`)).text();
    }
    await (await fetch(`${collector.url}/api/search?q=${encodeURIComponent(url)}`)).text();
  }
  await collector.listTraces();
  await collector.stop();
  canary.close();
  expect(calls).toBe(0);
  expect(readFileSync(noted, "utf8")).toBe("");
});

test("a program that does connect is seen", () => {
  const program = 'await fetch("http://localhost:65001/").catch(() => {});';
  spawnSync(process.execPath, ["--import", PROBE, "--input-type=module", "-e", program]);
  const seen = readFileSync(noted, "utf8");
  expect(seen).toContain("lookup localhost");
  expect(seen).toMatch(/connect .*65001/);
});
