/** The built collector as its users run it: a process of its own, talked to over HTTP, ended by signals. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TraceListResponse, TraceResponse } from "@everspan/protocol";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const COLLECTOR_CLI = join(ROOT, "packages/collector/dist/cli.js");

export interface CollectorOptions {
  readonly dataDirectory: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** What is started with `serve`'s arguments. Default the built command line. */
  readonly script?: readonly string[];
  readonly arguments?: readonly string[];
}

export class CollectorProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  /** All that it has printed on stdout so far. */
  readonly lines: readonly string[];
  readonly url: string;

  private constructor(child: ChildProcess, exit: Promise<number | null>, lines: readonly string[], url: string) {
    this.#child = child;
    this.#exit = exit;
    this.lines = lines;
    this.url = url;
  }

  /** Resolves when the process says that it listens. */
  static async start(options: CollectorOptions): Promise<CollectorProcess> {
    const script = options.script ?? [COLLECTOR_CLI, "serve"];
    if (!existsSync(COLLECTOR_CLI)) throw new Error(`${COLLECTOR_CLI} is missing: run "npm run build" first`);
    const common = ["--port", String(options.port ?? 0), "--data", options.dataDirectory];
    const child = spawn(process.execPath, [...script, ...common, ...(options.arguments ?? ["--no-sample"])], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    const errors: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => errors.push(chunk));
    const lines: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on("line", (line) => {
        lines.push(line);
        const listening = /^listening on (http:\/\/\S+)$/.exec(line);
        if (listening !== null) resolve(listening[1] as string);
      });
      exit.then((code) =>
        reject(new Error(`The collector ended with ${code} before it listened:\n${errors.join("")}`)),
      );
    });
    return new CollectorProcess(child, exit, lines, url);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  /** Asks it to end, and tells its exit code. */
  async stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<number | null> {
    this.#child.kill(signal);
    return this.#exit;
  }

  async listTraces(): Promise<TraceListResponse> {
    return (await this.get("/api/traces?limit=100")).json() as Promise<TraceListResponse>;
  }

  /** A trace with whole payloads, all its pages as one. */
  async readTrace(traceId: string): Promise<TraceResponse> {
    const path = `/api/traces/${traceId}?payloads=full`;
    const first = (await (await this.get(path)).json()) as TraceResponse;
    const spans = [...first.spans];
    for (let { nextCursor } = first; nextCursor !== null; ) {
      const page = (await (await this.get(`${path}&cursor=${encodeURIComponent(nextCursor)}`)).json()) as TraceResponse;
      spans.push(...page.spans);
      nextCursor = page.nextCursor;
    }
    return { ...first, spans, nextCursor: null };
  }

  /** A trace without its large payloads; undefined when there is none of this id. */
  async findTrace(traceId: string): Promise<TraceResponse | undefined> {
    const response = await fetch(`${this.url}/api/traces/${traceId}`);
    if (response.ok) return response.json() as Promise<TraceResponse>;
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw new Error(`GET /api/traces/${traceId}: ${response.status}`);
  }

  async get(path: string): Promise<Response> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

/** A fresh folder in the system's temporary one; `remove` deletes it. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "everspan-e2e-"));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
