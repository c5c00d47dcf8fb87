import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { headOf } from "./head-of.ts";

test("a text that is short enough is itself, and a longer one ends where it was cut", () => {
  expect(headOf("abc", 3)).toBe("abc");
  expect(headOf("abcd", 3)).toBe("abc");
  expect(headOf("", 3)).toBe("");
});

test("no surrogate pair is cut in half, and half of one within stays as it was", () => {
  expect(headOf("ab😀c", 3)).toBe("ab");
  expect(headOf("ab😀c", 4)).toBe("ab😀");
  expect(headOf('\ud800"\\\n\u0000x', 5)).toBe('\ud800"\\\n\u0000');
});

test("the beginning of a long text does not keep the text in memory", () => {
  const program = `
    import { headOf } from ${JSON.stringify(new URL("head-of.ts", import.meta.url).href)};
    const kept = [];
    for (let i = 0; i < 64; i++) kept.push(headOf(String(i).padEnd(4 * 1024 * 1024, "x"), 200));
    gc();
    console.log(process.memoryUsage().heapUsed, kept.length);`;
  const node = ["--expose-gc", "--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program];
  const [heapUsed, kept] = execFileSync(process.execPath, node, { encoding: "utf8" }).trim().split(" ").map(Number);
  expect(kept).toBe(64);
  expect(heapUsed).toBeLessThan(64 * 1024 * 1024);
});
