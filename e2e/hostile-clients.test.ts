/**
 * Hostile clients of every kind on every route, beside one honest sender and one honest reader: bounded, on loopback,
 * against the built collector in a process of its own, once with the memory that Node takes and once with little.
 */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COLLECTOR_CLI, CollectorProcess, temporaryFolder } from "./collector-process.ts";

const HOSTILE_MS = 12_000;
const MAX_RESIDENT_MB = 300;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
const sockets = new Set<Socket>();
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await collector.kill();
  await folder.remove();
});

function open(bytes: string, reads: boolean): Socket {
  const socket = connect({ port: collector.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.add(socket);
  socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  if (reads) socket.resume();
  socket.write(bytes);
  return socket;
}

/** Each begins a request to the route and then does something that no honest client does. */
const KINDS: Readonly<Record<string, (head: string, body: string) => void>> = {
  "half-closed": (head) => open(head, true).end(),
  dripping: (head, body) => {
    const socket = open(head, true);
    let at = 0;
    const drip = setInterval(() => socket.write(body[at++] ?? " "), 500).unref();
    socket.on("close", () => clearInterval(drip));
  },
  sleeping: (head) => void open(head.slice(0, -4), true),
  "not reading": (head, body) =>
    void open(head.replace(/content-length: \d+/, `content-length: ${body.length}`) + body, false),
  resetting: (head, body) => {
    const socket = open(head + body.slice(0, 1), true);
    socket.on("connect", () => setImmediate(() => socket.resetAndDestroy()));
  },
  upgrading: (head) => {
    const socket = open(head.replace("\r\n", "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), true);
    socket.on("data", () => socket.resetAndDestroy());
  },
  flooding: (head, body) => {
    const whole = head.replace(/content-length: \d+/, `content-length: ${body.length}`) + body;
    open(whole.repeat(20), true);
  },
};

async function routes(): Promise<[method: string, path: string][]> {
  const { paths } = (await (await collector.get("/api/openapi.json")).json()) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [
      method.toUpperCase(),
      path.replace("{traceId}", "large").replaceAll(/[{}]/g, ""),
    ]),
  );
}

async function attack(untilMs: number): Promise<void> {
  const all = await routes();
  const kinds = Object.values(KINDS);
  for (let i = 0; Date.now() < untilMs; i++) {
    const [method, path] = all[i % all.length]!;
    // The trace that is worth asking for, and not reading.
    const target = path === "/api/traces/large" && method === "GET" ? `${path}?payloads=full` : path;
    const lines = [`Host: 127.0.0.1:${collector.port}`, "content-type: application/json", "content-length: 1000"];
    const head = [`${method} ${target} HTTP/1.1`, ...(method === "GET" ? lines.slice(0, 1) : lines), "", ""].join(
      "\r\n",
    );
    kinds[i % kinds.length]!(head, method === "GET" ? "" : '{"items":[]}');
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends until the time is over; 503 is the one answer that lets it try again. @returns ids that were answered with 200 */
async function sendHonestly(untilMs: number): Promise<string[]> {
  const stored: string[] = [];
  for (let i = 0; Date.now() < untilMs; i++) {
    const items = [
      { id: `honest-${i}`, trace_id: `honest-${i % 50}`, name: "n", start_timestamp: "2026-01-31T12:00:00Z" },
    ];
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ items }) };
    const response = await fetch(`${collector.url}/v5/spans/batch`, init);
    await response.arrayBuffer();
    expect([200, 503]).toContain(response.status);
    if (response.status === 200) stored.push(`honest-${i}`);
  }
  return stored;
}

async function readHonestly(untilMs: number): Promise<number> {
  let read = 0;
  while (Date.now() < untilMs) {
    const response = await fetch(`${collector.url}/api/traces?limit=50`);
    const body = (await response.json()) as { traces?: unknown[]; error?: { code: string } };
    expect([200, 503]).toContain(response.status);
    if (response.status === 200) read += 1;
    else expect(body.error?.code).toMatch(/^(BUSY|STOPPING)$/);
  }
  return read;
}

/** The most that was resident, from the system. */
function residentPeakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

describe.runIf(process.platform === "linux")(
  "S3 X19 hostile clients beside an honest sender and an honest reader",
  () => {
    test.each([
      ["with the memory that Node takes", []],
      ["with --max-old-space-size=512", ["--max-old-space-size=512"]],
    ])("%s", { timeout: 180_000 }, async (_how, nodeArguments) => {
      const script = [...nodeArguments, COLLECTOR_CLI, "serve"];
      collector = await CollectorProcess.start({ dataDirectory: folder.path, script });
      const text = "large ".repeat(600);
      for (let batch = 0; batch < 10; batch++) {
        const items = Array.from({ length: 100 }, (_, i) => ({
          id: `large-${batch}-${i}`,
          trace_id: "large",
          name: "large",
          start_timestamp: "2026-01-31T12:00:00Z",
          input: { text: `${text}${batch}-${i}` },
        }));
        const init = {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ items }),
        };
        expect((await fetch(`${collector.url}/v5/spans/batch`, init)).status).toBe(200);
      }
      const untilMs = Date.now() + HOSTILE_MS;
      const [, stored, read] = await Promise.all([attack(untilMs), sendHonestly(untilMs), readHonestly(untilMs)]);
      expect(stored.length).toBeGreaterThan(20);
      expect(read).toBeGreaterThan(20);
      expect(residentPeakMb(collector.pid)).toBeLessThan(MAX_RESIDENT_MB);
      // Nobody has to leave for a newcomer to be served.
      expect((await collector.get("/healthz")).status).toBe(200);
      for (const socket of sockets) socket.destroy();
      expect(await collector.stop()).toBe(0);
      const database = new DatabaseSync(`${folder.path}/everspan.db`);
      expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      database.close();
      collector = await CollectorProcess.start({ dataDirectory: folder.path });
      for (const id of stored) expect((await fetch(`${collector.url}/v5/spans/${id}`)).status).toBe(200);
    });
  },
);
