/**
 * The Next entry point in a real Next server, which real requests reach: the routes of `examples/next` in both runtimes, as
 * `next build` and `next start` serve them; with `EVERSPAN_NEXT=dev` as `next dev` does.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TracerStats } from "everspan";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";

const APP = fileURLToPath(new URL("programs/next-app", import.meta.url));
const NEXT = createRequire(import.meta.url).resolve("next/dist/bin/next");

const IS_DEVELOPMENT = process.env.EVERSPAN_NEXT === "dev";
/** A build of a loaded machine takes its time. */
const BUILD_MS = 600_000;

let backEnd: SpanBackEnd;
let scratch: string;
let built = "";
let stop: () => Promise<void>;
let address: string;

beforeAll(async () => {
  backEnd = await startSpanBackEnd();
  scratch = mkdtempSync(join(tmpdir(), "everspan-next-"));
  const options = {
    cwd: APP,
    env: {
      PATH: process.env.PATH,
      NEXT_TELEMETRY_DISABLED: "1",
      BACKEND_URL: backEnd.url,
      SGP_API_KEY: "test-key",
      SGP_ACCOUNT_ID: "account",
      SGP_BASE_URL: backEnd.url,
      NOTES_FILE: join(scratch, "notes"),
    },
  };
  if (!IS_DEVELOPMENT) {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [NEXT, "build"], options);
    built = stdout + stderr;
  }
  const command = IS_DEVELOPMENT ? "dev" : "start";
  const server = spawn(process.execPath, [NEXT, command, "-p", "0", "-H", "127.0.0.1"], options);
  const closed = new Promise<void>((resolve) => void server.once("close", () => resolve()));
  stop = async () => {
    server.kill("SIGTERM");
    await closed;
  };
  let output = "";
  address = await new Promise((resolve, reject) => {
    server.stderr.on("data", (text) => {
      output += text;
    });
    server.stdout.on("data", (text) => {
      output += text;
      const found = /Local:\s+(http:\/\/\S+)/.exec(output);
      if (found !== null && output.includes("Ready")) resolve(found[1] as string);
    });
    server.once("close", () => reject(new Error(`next ended before it was ready:\n${output}`)));
  });
}, BUILD_MS);

afterAll(async () => {
  await stop();
  await backEnd[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
  rmSync(join(APP, ".next"), { recursive: true, force: true });
});

test.skipIf(IS_DEVELOPMENT)(
  "the build has nothing to say of the SDK: what it can't resolve, what an edge runtime lacks",
  () => {
    expect(built).toContain("/api/edge");
    expect(built).not.toMatch(/everspan|Module not found|build encountered|not supported/);
  },
);

test("a streamed answer's span is delivered after the end of its body", async () => {
  const response = await fetch(`${address}/answer`);
  expect(await response.text()).toBe("part 1\npart 2\npart 3\n");
  const notes = await vi.waitUntil(
    () => {
      const lines = readFileSync(join(scratch, "notes"), "utf8").trim().split("\n");
      return lines.some((line) => line.startsWith("flushed")) ? lines : undefined;
    },
    { timeout: 60_000 },
  );
  expect(notes).toEqual(["handler returned", "body ended", "flushed true"]);
  expect(backEnd.names()).toEqual(["answer"]);
});

test.each(["nodejs", "edge"])(
  "the example in the %s runtime: streamed answers and a failure, every span delivered",
  async (runtime) => {
    const url = `${address}/api/${runtime === "edge" ? "edge" : "node"}`;
    const questions = Array.from({ length: 10 }, (_, at) => `${runtime} ${at}`);
    const answers = await Promise.all(
      questions.map(async (question) => (await fetch(`${url}?question=${encodeURIComponent(question)}`)).text()),
    );
    expect(answers).toEqual(questions.map((question) => `You asked: ${question}\n`));
    expect((await fetch(`${url}?question=fail`)).status).toBe(500);
    const ofRuntime = () => [...backEnd.spans.values()].filter(({ service }) => service?.name === `next-${runtime}`);
    const ended = () => ofRuntime().filter(({ phase }) => phase === "ended");
    await vi.waitUntil(() => ended().length === 41, { timeout: 60_000 });
    const turns = ended().filter(({ name }) => name === "turn");
    expect(turns.map(({ output, status }) => [status, output ?? null]).toSorted()).toEqual(
      [["ERROR", null], ...answers.map((answer) => ["OK", answer])].toSorted(),
    );
    for (const question of questions) {
      const turn = turns.find(({ input }) => input === question);
      expect(ended().filter(({ parentId }) => parentId === turn?.id)).toHaveLength(3);
    }
    expect(ofRuntime()).toHaveLength(41);
    // In the edge runtime each route is an instance of its own, whose account only it could tell.
    if (runtime === "edge") return;
    const account = async () => {
      const { lanes } = (await (await fetch(`${address}/account/nodejs`)).json()) as TracerStats;
      return Object.values(lanes)[0];
    };
    // The last answer of the back end is on its way.
    await vi.waitUntil(async () => (await account())?.pending.inFlight === 0, { timeout: 30_000 });
    const { created, delivered, coalesced, dropped, pending } = (await account())!;
    expect([created, delivered + coalesced, pending]).toEqual([82, 82, { queued: 0, spooled: 0, inFlight: 0 }]);
    expect(Object.values(dropped).filter((count) => count > 0)).toEqual([]);
  },
  // Its first request has Next compile the route, and the failure its page for errors.
  180_000,
);
