/**
 * Hostile clients of every kind on every route, beside one honest sender and one honest reader: bounded, on loopback,
 * against the built collector in a process of its own, once with the memory that Node takes and once with little.
 */
import { readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COLLECTOR_CLI, CollectorProcess, temporaryFolder } from "./collector-process.ts";

/** How often every kind of client comes to every route. */
const ROUNDS = 4;
/** How many come before one of them is waited for. */
const AT_A_TIME = 10;
const MAX_RESIDENT_MB = 300;
/** CPU time of the server between two turns of its event loop. */
const MAX_SLICE_CPU_MS = 1000;
const SLICE_PROBE = new URL("programs/slice-probe.mjs", import.meta.url).href;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
const sockets = new Set<Socket>();
/** Each sends one byte more. They are called when an honest client was served: so they drip as slowly as it goes on. */
const drippers = new Set<() => void>();
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  drippers.clear();
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
const KINDS: Readonly<Record<string, (head: string, body: string) => unknown>> = {
  "half-closed": (head) => open(head, true).end(),
  dripping: (head, body) => {
    const socket = open(head, true);
    let at = 0;
    const drip = () => void socket.write(body[at++] ?? " ");
    drippers.add(drip);
    socket.on("close", () => drippers.delete(drip));
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

/** Every kind on every route. @param served resolves when an honest client has been served once more */
async function attack(served: () => Promise<void>): Promise<number> {
  const all = await routes();
  let attempts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [method, path] of all) {
      // The trace that is worth asking for, and not reading.
      const target = path === "/api/traces/large" && method === "GET" ? `${path}?payloads=full` : path;
      const lines = [`Host: 127.0.0.1:${collector.port}`, "content-type: application/json", "content-length: 1000"];
      const head = [`${method} ${target} HTTP/1.1`, ...(method === "GET" ? lines.slice(0, 1) : lines), "", ""].join(
        "\r\n",
      );
      for (const kind of Object.values(KINDS)) {
        kind(head, method === "GET" ? "" : '{"items":[]}');
        attempts += 1;
        if (attempts % AT_A_TIME === 0) await served();
      }
    }
  }
  return attempts;
}

/** The honest clients go on while the others come, and tell of each time that they were served. */
class HonestClients {
  isOver = false;
  #heard: (() => void)[] = [];

  /** Resolves when one of them has been served again. */
  readonly served = (): Promise<void> => new Promise((resolve) => this.#heard.push(resolve));

  #tell(): void {
    for (const drip of drippers) drip();
    for (const resolve of this.#heard.splice(0)) resolve();
  }

  /** 503 is the one answer that lets it try again. @returns ids that were answered with 200 */
  async send(): Promise<string[]> {
    const stored: string[] = [];
    for (let i = 0; !this.isOver; i++) {
      const items = [
        { id: `honest-${i}`, trace_id: `honest-${i % 50}`, name: "n", start_timestamp: "2026-01-31T12:00:00Z" },
      ];
      const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ items }) };
      const response = await fetch(`${collector.url}/v5/spans/batch`, init);
      await response.arrayBuffer();
      expect([200, 503]).toContain(response.status);
      if (response.status === 200) stored.push(`honest-${i}`);
      this.#tell();
    }
    return stored;
  }

  async read(): Promise<number> {
    let read = 0;
    while (!this.isOver) {
      const response = await fetch(`${collector.url}/api/traces?limit=50`);
      const body = (await response.json()) as { traces?: unknown[]; error?: { code: string } };
      expect([200, 503]).toContain(response.status);
      if (response.status === 200) read += 1;
      else expect(body.error?.code).toMatch(/^(BUSY|STOPPING)$/);
      this.#tell();
    }
    return read;
  }

  async beside(attackers: Promise<number>): Promise<{ attempts: number; stored: string[]; read: number }> {
    const both = Promise.all([this.send(), this.read()]);
    const attempts = await Promise.race([attackers, both.then(() => 0)]);
    this.isOver = true;
    const [stored, read] = await both;
    return { attempts, stored, read };
  }
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
      ["with --max-old-space-size=128", ["--max-old-space-size=128"]],
    ])("%s", { timeout: 180_000 }, async (_how, nodeArguments) => {
      const script = ["--import", SLICE_PROBE, ...nodeArguments, COLLECTOR_CLI, "serve"];
      const probed = `${folder.path}-slice`;
      process.env.SLICE_PROBE_FILE = probed;
      collector = await CollectorProcess.start({ dataDirectory: folder.path, script });
      delete process.env.SLICE_PROBE_FILE;
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
      const honest = new HonestClients();
      const { attempts, stored, read } = await honest.beside(attack(honest.served));
      expect(attempts).toBeGreaterThan(1000);
      // Each ten of the others waited for one of these.
      expect(stored.length + read).toBeGreaterThan(attempts / AT_A_TIME / 2);
      expect(Math.min(stored.length, read)).toBeGreaterThan(20);
      expect(residentPeakMb(collector.pid)).toBeLessThan(MAX_RESIDENT_MB);
      // Nobody has to leave for a newcomer to be served.
      expect((await collector.get("/healthz")).status).toBe(200);
      for (const socket of sockets) socket.destroy();
      expect(await collector.stop()).toBe(0);
      const mostCpuMs = Number(readFileSync(probed, "utf8"));
      rmSync(probed);
      expect(mostCpuMs).toBeGreaterThan(0);
      expect(mostCpuMs).toBeLessThan(MAX_SLICE_CPU_MS);
      const database = new DatabaseSync(`${folder.path}/everspan.db`);
      expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      database.close();
      collector = await CollectorProcess.start({ dataDirectory: folder.path });
      for (const id of stored) expect((await fetch(`${collector.url}/v5/spans/${id}`)).status).toBe(200);
    });
  },
);
