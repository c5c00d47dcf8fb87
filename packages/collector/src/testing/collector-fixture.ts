/** For tests: a real collector on a free port with a fresh directory, and requests down to the bytes. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Collector, type CollectorOptions, createCollector } from "../collector.ts";
import type { DataDirectory } from "../data-directory.ts";
import { ClickHouseTraceStore } from "../store/clickhouse/clickhouse-trace-store.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";

/** Where a ClickHouse listens, without a database: then collectors without a store of their own keep their spans there. */
const CLICKHOUSE = process.env.EVERSPAN_TEST_CLICKHOUSE;
/** Requests of a test that asks whether any of many does harm: on ClickHouse each write waits for the engine. */
export const MANY_REQUESTS = CLICKHOUSE === undefined ? 10_000 : 1_000;

/** One database for each directory: who starts again in the same one finds what was stored. */
const openShared = (directory: string, { prices = [], clock }: Partial<CollectorOptions>) => {
  const database = createHash("sha256").update(directory).digest("hex").slice(0, 32);
  const time = clock === undefined ? {} : { nowMs: () => clock.wallMs() };
  return ClickHouseTraceStore.open({ address: `${CLICKHOUSE}/everspan_${database}`, prices, ...time });
};

/** Where the test holds the clock nothing waits for the disk, whose time it does not hold. */
export const openWithoutDisk = ({ storePath: path }: DataDirectory) =>
  new SqliteTraceStore({ path, syncFile: async () => {} });

export class CollectorFixture {
  readonly directory: string;
  readonly collector: Collector;

  private constructor(directory: string, collector: Collector) {
    this.directory = directory;
    this.collector = collector;
  }

  static async start(options: Partial<CollectorOptions> = {}): Promise<CollectorFixture> {
    const directory = mkdtempSync(join(tmpdir(), "everspan-collector-"));
    const shared = () => openShared(options.dataDirectory ?? directory, options);
    const openStore = CLICKHOUSE !== undefined ? shared : options.clock === undefined ? undefined : openWithoutDisk;
    const store = openStore === undefined || options.readers !== undefined ? {} : { openStore };
    const collector = await createCollector({ dataDirectory: directory, port: 0, ...store, ...options });
    return new CollectorFixture(directory, collector);
  }

  async stop(): Promise<void> {
    await this.collector.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  get port(): number {
    return Number(new URL(this.collector.url).port);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.collector.url + path, { headers });
  }

  send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const bytes = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const init = { method, headers: { "content-type": "application/json", ...headers }, body: bytes as string };
    return fetch(this.collector.url + path, init);
  }

  /** Sends these bytes on a connection of their own. @returns all that came back when the server closed or fell silent */
  raw(bytes: string | Uint8Array, options: { halfClose?: boolean } = {}): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, "127.0.0.1");
      const chunks: Buffer[] = [];
      socket.on("connect", () => (options.halfClose === true ? socket.end(bytes) : socket.write(bytes)));
      socket.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (isWhole(Buffer.concat(chunks).toString("latin1"))) socket.destroy();
      });
      socket.on("error", (error: NodeJS.ErrnoException) =>
        chunks.length > 0 || error.code === "ECONNRESET" ? undefined : reject(error),
      );
      socket.on("close", () => resolve(parseAnswer(Buffer.concat(chunks).toString("utf8"))));
    });
  }
}

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** The head of a request in HTTP/1.1 with these header lines. */
export function requestHead(target: string, lines: readonly string[], method = "GET"): string {
  return [`${method} ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

export function sgpItem(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "span-1",
    trace_id: "trace-1",
    name: "search",
    start_timestamp: "2026-01-31T12:00:00Z",
    end_timestamp: "2026-01-31T12:00:01Z",
    ...fields,
  };
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return end !== -1 && length !== undefined && answer.length >= end + 4 + Number(length);
}

function parseAnswer(answer: string): RawAnswer {
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.slice(0, end === -1 ? undefined : end);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
    head,
    body: end === -1 ? "" : answer.slice(end + 4),
  };
}
