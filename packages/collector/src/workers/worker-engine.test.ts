import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "@everspan/protocol";
import { bundledProgram } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HttpError } from "../http/http-errors.ts";
import { BodyReceiver } from "../ingest/receive.ts";
import type { Logger } from "../logger.ts";
import { snapshot } from "../store/trace-store.contract.ts";
import { sgpItem } from "../testing/collector-fixture.ts";
import { CliProcess } from "../testing/serve-process.ts";
import { WorkerEngine, type WorkerEngineOptions } from "./worker-engine.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-workers-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const P = "project";

class Log implements Logger {
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];
  readonly info = (line: string): void => this.#add(line);
  readonly warn = this.info;
  readonly error = this.info;

  async has(part: string): Promise<void> {
    while (!this.lines.some((line) => line.includes(part))) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #add(line: string): void {
    this.lines.push(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function start(log: Log, options: Partial<WorkerEngineOptions> = {}): Promise<WorkerEngine> {
  return WorkerEngine.start({
    storePath: join(directory, "everspan.db"),
    readers: 1,
    events: { onStored: () => {}, onProducer: () => {}, onRemoved: () => {} },
    receiver: new BodyReceiver(),
    clock: systemClock,
    logger: log,
    retention: {},
    projects: [],
    findProblem: () => undefined,
    workerProgram: bundledProgram(new URL("../worker.ts", import.meta.url)),
    ...options,
  });
}

/** What a call came to, tried again while the process that answers it is being started. */
async function whenBack<Value>(call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof HttpError) || error.code !== "STORE_UNAVAILABLE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe("an engine in processes of its own", () => {
  test("answers for a killed writer with the cause, starts another, and has all that was acknowledged", async () => {
    const log = new Log();
    const engine = await start(log);
    await engine.store.write(P, [snapshot({ id: "before" })]);
    const [writer, reader] = engine.pids as [number, number];
    process.kill(writer, "SIGSTOP");
    const during = engine.store.write(P, [snapshot({ id: "during" })]);
    process.kill(writer, "SIGKILL");
    await expect(during).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("ended"),
    });
    expect(engine.problem()).toContain("started again");
    await whenBack(() => engine.store.write(P, [snapshot({ id: "after" })]));
    expect(engine.problem()).toBeUndefined();
    expect(log.lines.join("\n")).toContain("the writer ended: signal SIGKILL");
    expect(await engine.store.stats(P)).toMatchObject({ spans: 2 });
    expect(engine.pids).toContain(reader);
    expect(engine.pids).not.toContain(writer);
    const { workers } = await engine.figures();
    expect(workers.map(({ name, restarts }) => [name, restarts])).toEqual([
      ["writer", 1],
      ["reader-1", 0],
    ]);
    await engine.close();
  });

  test("asks again what a killed reader had to answer", async () => {
    const log = new Log();
    const engine = await start(log);
    await engine.store.write(P, [snapshot({ id: "s" })]);
    const reader = engine.pids[1]!;
    process.kill(reader, "SIGSTOP");
    const asked = engine.store.stats(P);
    process.kill(reader, "SIGKILL");
    expect(await asked).toMatchObject({ spans: 1 });
    await engine.close();
  });

  test("ends a reader that does not answer in time, and says so to who asked", async () => {
    const log = new Log();
    const engine = await start(log, { readDeadlineMs: 300 });
    const reader = engine.pids[1]!;
    process.kill(reader, "SIGSTOP");
    await expect(engine.store.stats(P)).rejects.toMatchObject({
      code: "BUSY",
      message: expect.stringContaining("too long"),
    });
    await log.has("took longer than 300 ms");
    // What is asked next waits for the one that takes its place.
    await engine.close();
  });

  test("tells the process that serves of traces that its writer removed by age or size", async () => {
    const before = await start(new Log());
    await before.store.write(P, [snapshot({ id: "s" })]);
    await before.close();
    let tell: (project: string | undefined) => void = () => {};
    const removed = new Promise<string | undefined>((resolve) => {
      tell = resolve;
    });
    const events = { onStored: () => {}, onProducer: () => {}, onRemoved: tell };
    const engine = await start(new Log(), { retention: { maxBytes: 1 }, events });
    // It may be of any project.
    expect(await removed).toBeUndefined();
    expect(await engine.store.stats(P)).toMatchObject({ traces: 0 });
    await engine.close();
  });

  test("a file that is none of ours is refused with its sentence, and no process is left", async () => {
    await expect(start(new Log(), { storePath: join(directory, "absent", "everspan.db") })).rejects.toThrow(
      /ENOENT|open/,
    );
  });
});

/** The processes that this one started, by what they call themselves. */
function workersOf(pid: number): ReadonlyMap<string, number> {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const found = new Map<string, number>();
  for (const line of lines) {
    const [, id, parent, name] = /^\s*(\d+)\s+(\d+)\s+(?:everspan (\S+)|.*worker\.[tj]s (\S+))/.exec(line) ?? [];
    if (Number(parent) === pid && name !== undefined) found.set(name, Number(id));
  }
  return found;
}

/** One that has ended and that nobody has asked about yet is not alive. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

describe("everspan serve with workers", () => {
  const serve = (...args: string[]) =>
    new CliProcess(["serve", "--port", "0", "--data", directory, "--no-sample", "--readers", "1", ...args]);
  const put = (url: string, id: string) =>
    fetch(`${url}/v5/spans/batch`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ items: [sgpItem({ id, trace_id: "kept" })] }),
    });

  test("a killed writer is a 503 and a restart, and what was answered with 200 is read by the other process", async () => {
    const collector = serve();
    const url = await collector.listening();
    expect((await put(url, "first")).status).toBe(200);
    const writer = workersOf(collector.pid).get("writer")!;
    process.kill(writer, "SIGSTOP");
    const during = put(url, "second");
    process.kill(writer, "SIGKILL");
    const response = await during;
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ error: { code: "STORE_UNAVAILABLE" } });
    for (let status = 0; status !== 200; ) ({ status } = await put(url, "third"));
    const { spans } = (await (await fetch(`${url}/api/traces/kept`)).json()) as { spans: { id: string }[] };
    expect(spans.map(({ id }) => id).sort()).toEqual(["first", "third"]);
    expect((await collector.kill("SIGTERM")).code).toBe(0);
  });

  test("ends its workers when it stops, and when it is killed", async () => {
    const first = serve();
    await first.listening();
    const stopped = [...workersOf(first.pid).values()];
    expect(stopped).toHaveLength(2);
    expect((await first.kill("SIGINT")).code).toBe(0);
    expect(stopped.filter(isAlive)).toEqual([]);
    const second = serve();
    const url = await second.listening();
    expect((await put(url, "kept")).status).toBe(200);
    const orphans = [...workersOf(second.pid).values()];
    await second.kill("SIGKILL");
    const third = serve();
    // Its writer waits for the one that was left.
    const { spans } = (await (await fetch(`${await third.listening()}/api/traces/kept`)).json()) as {
      spans: unknown[];
    };
    expect(spans).toHaveLength(1);
    while (orphans.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
    await third.kill("SIGTERM");
  });

  test("a writer that runs out of memory is a 503, and the collector goes on", async () => {
    // What a request can bring is refused before it is too much: a signal makes it take all that there is.
    const program = join(directory, "hungry-worker.mjs");
    const worker = JSON.stringify(pathToFileURL(bundledProgram(new URL("../worker.ts", import.meta.url))).href);
    writeFileSync(
      program,
      `process.on("SIGUSR2", () => { for (const kept = []; ; ) kept.push(Array(1e5).fill(kept.length / 3)); });
       await import(${worker});`,
    );
    vi.stubEnv("NODE_OPTIONS", "--max-old-space-size=64");
    const log = new Log();
    const engine = await start(log, { workerProgram: program });
    try {
      const [writer] = engine.pids;
      process.kill(writer!, "SIGSTOP");
      const during = engine.store.write(P, [snapshot({ id: "during" })]);
      process.kill(writer!, "SIGUSR2");
      process.kill(writer!, "SIGCONT");
      // It may be written before the signal is seen.
      await during.catch((error: unknown) => expect(error).toMatchObject({ status: 503 }));
      await log.has("the writer ended: out of memory");
      await whenBack(() => engine.store.write(P, [snapshot({ id: "afterwards" })]));
    } finally {
      await engine.close();
      vi.unstubAllEnvs();
    }
  });
});
