import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { CliProcess } from "../testing/serve-process.ts";

let folder: string;
let fixture: CollectorFixture;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "everspan-export-"));
  fixture = await CollectorFixture.start();
  const items = [sgpItem(), sgpItem({ trace_id: "trace-2", status: "ERROR" })];
  await fixture.send("PUT", "/v5/spans/batch", { items });
});
afterEach(async () => {
  await fixture.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => new CliProcess(["export", ...args]).finished;
const idsOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { traceId: string }).traceId);

test("traces that are named, found, or all; to the terminal or into a file", async () => {
  const { url } = fixture.collector;
  const named = await run("trace-1", "nobody", "--url", url);
  expect(idsOf(named.stdout)).toEqual(["trace-1"]);
  expect(named).toMatchObject({ code: 1, stderr: 'everspan: no trace has the id "nobody"\n' });
  expect(idsOf((await run("--query", "status=ERROR", "--url", url)).stdout)).toEqual(["trace-2"]);
  const out = join(folder, "all.jsonl");
  expect(await run("--all", "--format", "native", "--out", out, "--url", url)).toMatchObject({ code: 0, stdout: "" });
  expect(idsOf(readFileSync(out, "utf8")).sort()).toEqual(["trace-1", "trace-2"]);
});

test("what is meant wrongly is said, and leaves no file", async () => {
  const { url } = fixture.collector;
  expect(await run("trace-1", "--format", "pdf", "--url", url)).toMatchObject({ code: 2 });
  expect(await run("--url", url)).toMatchObject({ code: 2 });
  const out = join(folder, "none.jsonl");
  const { code, stderr } = await run("--query", "colour=red", "--out", out, "--url", url);
  expect(code).toBe(1);
  expect(stderr).toContain("colour");
  expect(() => readFileSync(out)).toThrow("ENOENT");
});
