import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashChild } from "@everspan/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Less than any timer of the program: its linger and the deadline of its shutdown are a minute. */
const MUCH_LESS_THAN_A_MINUTE_MS = 20_000;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "everspan-process-end-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function end(what: string, directory?: string): Promise<{ stayedMs: number; delivered: number }> {
  const args = directory === undefined ? [what] : [what, directory];
  const child = new CrashChild(new URL("process-end.fixture.ts", import.meta.url), { args });
  expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
  return JSON.parse(child.lines.at(-1)!);
}

describe("a process ends by itself", () => {
  for (const [where, directory] of [
    ["memory", () => undefined],
    ["a spool", () => mkdtempSync(join(root, "spool-"))],
  ] as const) {
    for (const what of ["shutdown only", "span and shutdown", "span only"]) {
      test(`with ${where}: ${what}`, async () => {
        const { stayedMs, delivered } = await end(what, directory());
        expect(delivered).toBe(what === "shutdown only" ? 0 : 1);
        expect(stayedMs).toBeLessThan(MUCH_LESS_THAN_A_MINUTE_MS);
      });
    }
  }
});
