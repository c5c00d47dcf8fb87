import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";
import { CliProcess, type Finished } from "../testing/serve-process.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-import-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const span = (id: string) => ({
  phase: "ended",
  revision: 2,
  traceId: "trace-1",
  id,
  name: "search",
  type: "CODE_EXECUTION",
  status: "OK",
  startTime: "2026-01-31T12:00:00.000000Z",
  endTime: "2026-01-31T12:00:01.000000Z",
});

function fileOf(name: string, values: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, values.map((value) => JSON.stringify(value)).join("\n"));
  return path;
}

/** With a directory of data of its own, where the records of imports lie too. */
function run(...args: readonly string[]): Promise<Finished> {
  return new CliProcess(args, ["env", `EVERSPAN_DATA=${join(folder, "data")}`]).finished;
}

test("into a running collector, and then into the user's own store; what is done leaves no record", async () => {
  const fixture = await CollectorFixture.start();
  const file = fileOf("spans.jsonl", [span("a"), span("b")]);
  const first = await run("import", "--url", fixture.collector.url, file);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("Everspan's own, 2 spans: 2 new or changed, 0 there already, 0 refused");
  expect(first.stdout).toContain(`${fixture.collector.url}/traces/trace-1`);
  expect((await run("import", "--url", fixture.collector.url, file)).stdout).toContain(
    "0 new or changed, 2 there already",
  );
  const { trace } = (await (await fixture.get("/api/traces/trace-1")).json()) as { trace: { spanCount: number } };
  expect(trace.spanCount).toBe(2);
  expect((await run("import", file)).stdout).toContain("2 new or changed");
  expect((await run("import", file)).stdout).toContain("2 there already");
  expect(readdirSync(join(folder, "data", "imports"))).toEqual([]);
  await fixture.stop();
});

test("what can't be imported is said for each file, and the others are imported", async () => {
  const bad = fileOf("bad.json", [{ hello: 1 }]);
  const half = fileOf("half.jsonl", [span("a"), { ...span("b"), status: "FINE" }]);
  const { code, stdout, stderr } = await run("import", bad, join(folder, "absent"), folder, half);
  expect(code).toBe(1);
  expect(stdout).toContain("half.jsonl: Everspan's own, 1 span: 1 new or changed, 0 there already, 1 refused");
  expect(stderr.split("\n")).toEqual([
    expect.stringContaining('bad.json: line 1: no known format: got an object with the fields "hello"'),
    expect.stringContaining("absent: there is no such file"),
    expect.stringContaining("it is a directory"),
    "  line 2: status must be one of OK, ERROR, CANCELED",
    "",
  ]);
});

test("a directory that a collector holds is not written beside it", async () => {
  const fixture = await CollectorFixture.start();
  const { code, stderr } = await run("import", "--data", fixture.directory, fileOf("spans.jsonl", [span("a")]));
  expect(code).toBe(1);
  expect(stderr).toMatch(/in use by another collector .*: give the address of that collector by --url/);
  await fixture.stop();
});

test("a project that a token may not write to, and an address that is none, are refused in words", async () => {
  const fixture = await CollectorFixture.start({ token: "secret" });
  const file = fileOf("spans.jsonl", [span("a")]);
  const denied = await run("import", "--url", fixture.collector.url, file);
  expect(denied.stderr).toContain("set EVERSPAN_TOKEN to a token that may ingest");
  expect(denied.code).toBe(1);
  expect((await run("import", "--url", "ftp://x", file)).code).toBe(2);
  await fixture.stop();
});
