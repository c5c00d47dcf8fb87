/** The Next entry point in a real Next server, which real requests reach; the routes of `examples/next` in both runtimes. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";

const APP = fileURLToPath(new URL("programs/next-app", import.meta.url));
const NEXT = createRequire(import.meta.url).resolve("next/dist/bin/next");

let backEnd: SpanBackEnd;
let scratch: string;
let stop: () => Promise<void>;
let address: string;

beforeAll(async () => {
  backEnd = await startSpanBackEnd();
  scratch = mkdtempSync(join(tmpdir(), "everspan-next-"));
  const server = spawn(process.execPath, [NEXT, "dev", "-p", "0", "-H", "127.0.0.1"], {
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
  });
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
});

afterAll(async () => {
  await stop();
  await backEnd[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
  rmSync(join(APP, ".next"), { recursive: true, force: true });
});

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
  },
  // Its first request has Next compile the route, and the failure its page for errors.
  180_000,
);
