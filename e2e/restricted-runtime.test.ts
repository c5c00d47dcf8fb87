/** The SDK where a file system is not to be had, and in bundles: spans are recorded and delivered all the same. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "./collector-process.ts";

const SDK = fileURLToPath(new URL("../packages/sdk/dist/index.js", import.meta.url));
/** Later versions of Node have it without the word experimental. */
const PERMISSIONS = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

const recording = (sdk: string) => `
import { MemoryExporter, Tracer } from ${JSON.stringify(sdk)};
const exporter = new MemoryExporter();
const warnings = [];
const logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
const [directory] = process.argv.slice(2);
const tracer = new Tracer({ exporters: [exporter], logger, ...(directory && { spool: { directory } }) });
for (let i = 0; i < 3; i++) {
  await tracer.span("turn " + i, { input: { messages: [{ role: "user", content: "hello" }] } }, async () => "done");
  await tracer.flush();
}
const { mode } = tracer.stats();
const { ok } = await tracer.shutdown();
console.log(JSON.stringify({ ok, mode, warnings, names: exporter.spans().map(({ name }) => name) }));
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

function resultOf(...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("a runtime", () => {
  const names = ["turn 0", "turn 1", "turn 2"];

  test("R6 that may not write files has no spool, says so once, and delivers from memory", async () => {
    const program = join(folder.path, "program.mjs");
    await writeFile(program, recording(SDK));
    const spool = join(folder.path, "spool");
    const warnings = [expect.stringMatching(/spool/)];
    expect(resultOf(PERMISSIONS, "--allow-fs-read=*", program, spool)).toEqual({
      ok: true,
      mode: "memory",
      warnings,
      names,
    });
  });

  test.each([
    ["an ES module", "esm", "program.mjs"],
    ["an ES module, minified", "esm", "program.min.mjs"],
  ] as const)("R6 that runs a bundle records and delivers, with a spool too, as %s", async (_, format, name) => {
    const outfile = join(folder.path, name);
    const stdin = { contents: recording(SDK), resolveDir: folder.path };
    const minify = name.includes(".min.");
    await build({ stdin, outfile, bundle: true, minify, platform: "node", format, logLevel: "silent" });
    expect(resultOf(outfile)).toEqual({ ok: true, mode: "memory", warnings: [], names });
    expect(resultOf(outfile, join(folder.path, "spool"))).toEqual({ ok: true, mode: "spool", warnings: [], names });
  });
});
