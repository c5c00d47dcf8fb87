import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
// @ts-expect-error: a script without types
import { GUARDS, withoutGuard } from "./guards.mjs";

interface Guard {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly tests: readonly string[];
}

const root = new URL("../../", import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));

test.each((GUARDS as readonly Guard[]).map((guard) => [guard.name, guard] as const))(
  "the text of %s stands once in its file, and its tests are there",
  (_name, guard) => {
    const code = readFileSync(inRoot(guard.file), "utf8");
    expect(withoutGuard(guard, code)).not.toBe(code);
    for (const file of guard.tests) expect(existsSync(inRoot(file)), file).toBe(true);
  },
);

test("no two guards have one name, by which they are planted", () => {
  const names = (GUARDS as readonly Guard[]).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
