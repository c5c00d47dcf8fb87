/** How a program ends is its own affair: the same with and without the SDK. Real processes, built packages. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type SpanBackEnd, startSpanBackEnd } from "./span-back-end.ts";

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = program("ending");
const SERVER = program("served-to-the-end");
const ALL = ["work 0", "work 1", "work 2", "work 3", "work 4"];

function program(name: string): string {
  return fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
}

function run(
  backEnd: SpanBackEnd,
  how: string,
  mode?: "sdk" | "drain",
  signals: NodeJS.Signals[] = [],
): Promise<Ending> {
  return runProgram(backEnd, [PROGRAM, how, ...(mode === undefined ? [] : [mode])], signals);
}

function runProgram(backEnd: SpanBackEnd, args: string[], signals: NodeJS.Signals[]): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, BACKEND_URL: backEnd.url },
    });
    let stdout = "";
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.on("data", (text) => {
      stdout += text;
      if (!String(text).includes("ready")) return;
      for (const signal of signals) child.kill(signal);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr: withoutFrames(stderr) }));
  });
}

/** Stack frames differ by how the program was loaded, not by how it ended. */
function withoutFrames(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("    at "))
    .join("\n");
}

const ENDINGS: [how: string, signals: NodeJS.Signals[]][] = [
  ["return", []],
  ["exit code", []],
  ["process.exit", []],
  ["uncaught exception", []],
  ["unhandled rejection", []],
  ["signal", ["SIGTERM"]],
  ["signal", ["SIGINT"]],
  ["handled signal", ["SIGTERM"]],
  ["handled once, before the SDK", ["SIGTERM"]],
  ["handled once, after the SDK", ["SIGTERM"]],
  ["a package that stands by", ["SIGTERM"]],
];

describe("a program that ends by", () => {
  test.each(ENDINGS)(
    "C4 %s %j has the same exit code, signal and output with and without the SDK",
    async (how, signals) => {
      await using backEnd = await startSpanBackEnd();
      const without = await run(backEnd, how, undefined, signals);
      expect(await run(backEnd, how, "sdk", signals)).toEqual(without);
      expect(await run(backEnd, how, "drain", signals)).toEqual(without);
    },
  );

  test("C4 returning from main delivers its spans, without any opt-in", async () => {
    await using backEnd = await startSpanBackEnd();
    await run(backEnd, "return", "sdk");
    expect(backEnd.names()).toEqual(ALL);
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "C4 %s delivers its spans when drainOnExit was asked for",
    async (signal) => {
      await using backEnd = await startSpanBackEnd();
      const { signal: diedOf } = await run(backEnd, "signal", "drain", [signal]);
      expect(diedOf).toBe(signal);
      expect(backEnd.names()).toEqual(ALL);
    },
  );

  test("C4 a signal that the application handles lets it record what it still serves", async () => {
    await using backEnd = await startSpanBackEnd();
    const { code, stdout } = await runProgram(backEnd, [SERVER], ["SIGTERM"]);
    expect([code, stdout]).toEqual([0, "ready\ndropped 0\n"]);
    expect(backEnd.names().toSorted()).toEqual(["llm", "turn"]);
  });

  test("C4 process.exit without a spool loses what had no time to leave, and delivers nothing twice", async () => {
    await using backEnd = await startSpanBackEnd();
    await run(backEnd, "process.exit", "drain");
    expect(backEnd.requests()).toBeLessThanOrEqual(1);
  });
});
