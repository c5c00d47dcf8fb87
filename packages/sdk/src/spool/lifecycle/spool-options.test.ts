import { describe, expect, test } from "vitest";
import { completeOptions, tell } from "./spool-options.ts";

describe("the options of a spool", () => {
  test("are complete with their defaults", () => {
    expect(completeOptions({ directory: "/s", lanes: [] })).toEqual({
      directory: "/s",
      aheadBytes: 262_144,
      lanes: [],
      maxBytes: 1024 ** 3,
      groupCommitMs: 20,
      groupCommitBytes: 256 * 1024,
      hangMs: 5_000,
      slowLedgerMs: 5,
    });
    expect(completeOptions({ directory: "/s", lanes: [], hangMs: 1 })).toMatchObject({ hangMs: 1, slowLedgerMs: 5 });
  });

  const lanes = (count: number) => Array.from({ length: count }, (_, i) => `lane ${i}`);

  test.each<[what: string, options: unknown, isValid: boolean]>([
    ["no directory", { lanes: [] }, false],
    ["a directory that is no text", { directory: 1, lanes: [] }, false],
    ["a directory of no name", { directory: "", lanes: [] }, false],
    ["30 lanes", { directory: "/s", lanes: lanes(30) }, true],
    ["31 lanes", { directory: "/s", lanes: lanes(31) }, false],
    ["two lanes of one name", { directory: "/s", lanes: ["a", "b", "a"] }, false],
  ])("with %s", (_what, options, isValid) => {
    const complete = () => completeOptions(options as Parameters<typeof completeOptions>[0]);
    if (isValid) expect(complete).not.toThrow();
    else expect(complete).toThrow(expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" }));
  });
});

test("a listener is called, and one that throws harms nobody", () => {
  let calls = 0;
  tell(() => {
    calls += 1;
    throw new Error("the listener's own");
  });
  expect(calls).toBe(1);
});
