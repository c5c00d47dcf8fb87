import { afterEach, expect, test, vi } from "vitest";
import { runCommand } from "./commands.ts";

afterEach(() => vi.restoreAllMocks());

test.each([["run", "--help"], ["init", "-h"], ["--help"], ["help"]])(
  "%s %s tells how it is used, and does nothing",
  async (...args) => {
    const out: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
    const errors = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await runCommand(args)).toBe(0);
    expect(out.join("")).toContain("init [--dry-run | --undo]");
    expect(errors).not.toHaveBeenCalled();
  },
);
