/** The Next entry point in a real Next server, which a real request reaches. */
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
    { timeout: 30_000 },
  );
  expect(notes).toEqual(["handler returned", "body ended", "flushed true"]);
  expect(backEnd.names()).toEqual(["answer"]);
});
