/** An application that is bundled into one file, the SDK with it: what its spool holds when it exits early. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { readSpoolAccounts } from "everspan";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "./collector-process.ts";

const SDK = fileURLToPath(new URL("../packages/sdk/dist/index.js", import.meta.url));
/** Exits in the turn after the one in which the tracer was made: then the spool's code is there. */
const PROGRAM = `
import { SgpExporter, Tracer } from ${JSON.stringify(SDK)};
const exporter = new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: "http://127.0.0.1:9" });
const tracer = new Tracer({ exporters: [exporter], spool: { directory: process.argv[2] } });
tracer.startTrace().startSpan("early").end();
setImmediate(() => {
  tracer.startTrace().startSpan("late").end();
  process.exit(7);
});
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe("a program in one file", () => {
  test.each([
    ["an ES module", "esm", "program.mjs"],
    ["CommonJS", "cjs", "program.cjs"],
  ] as const)("C4 that exits after its first turn loses nothing, as %s", async (_, format, name) => {
    const outfile = join(folder.path, name);
    const stdin = { contents: PROGRAM, resolveDir: folder.path };
    await build({ stdin, outfile, bundle: true, platform: "node", format, logLevel: "silent" });
    const directory = join(folder.path, "spool");
    const { status, stderr } = spawnSync(process.execPath, [outfile, directory], { encoding: "utf8" });
    expect(status, stderr).toBe(7);
    const [account] = await readSpoolAccounts(directory);
    expect(account?.lanes).toMatchObject([{ created: 4, coalesced: 2, pending: 2 }]);
    expect(account?.bytes).toBeGreaterThan(0);
  });
});
