/**
 * Every public method of each client, and of what its methods give, is tried by a feature of the matrix or stands in
 * `left-alone.mjs` with the reason why not. What is left alone is the client's own function as before, asks the same and
 * comes to the same. `surface/` has the methods by name: `node record-surface.mjs` writes it once what is new has been
 * looked at.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { MemoryExporter, Tracer } from "everspan";
import { KINDS, kindOf } from "./kinds.mjs";
import { isCalledAlone, NOT_FOLLOWED, reasonOf } from "./left-alone.mjs";
import { surfaceOf } from "./surface.mjs";
import { fileOf, surveyOf } from "./survey.mjs";

const run = (...args) => JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 }));

/** What observation puts in a method's place beside the model calls. */
const AROUND = new Set(["fetch", "withOptions"]);

for (const name of KINDS) {
  describe(name, () => {
    const { methods, called } = surveyOf(name);

    test("each method is tried, or is said why not", () => {
      const untold = methods.filter((method) => !called.includes(method) && reasonOf(name, method) === undefined);
      assert.deepEqual(untold, [], "a feature must try these, or left-alone.mjs say why not");
    });

    // Azure's client has the methods of the other.
    test("no method is new", { skip: name.endsWith("(Azure)") }, () => {
      const known = new Set(readFileSync(fileOf(name), "utf8").trim().split("\n"));
      assert.deepEqual(
        methods.filter((method) => !known.has(method)),
        [],
        "look whether these ask a model, then run record-surface.mjs",
      );
    });

    test("what is left alone is the client's own function", async () => {
      const { make, observe } = await kindOf(name);
      const client = make("http://127.0.0.1:1");
      const before = surfaceOf(client, NOT_FOLLOWED);
      observe(client, { tracer: new Tracer({ exporters: [new MemoryExporter()] }) });
      const after = surfaceOf(client, NOT_FOLLOWED);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
      const replaced = [...before].filter(([path, { method }]) => after.get(path).method !== method);
      const paths = replaced.map(([path]) => path).filter((path) => !AROUND.has(path));
      // What is replaced is what a span is opened for, and the matrix tries it.
      assert.deepEqual(
        paths.filter((path) => reasonOf(name, path) !== undefined || !called.includes(path)),
        [],
      );
      assert.ok(paths.length > 0 || name === "bedrock");
    });

    test("what is left alone asks the same and comes to the same", { skip: name.endsWith("(Azure)") }, () => {
      const program = fileURLToPath(new URL("run-left-alone.mjs", import.meta.url));
      const [bare, observed] = ["bare", "observed"].map((mode) => run(program, name, mode));
      assert.deepEqual(observed.results, bare.results);
      assert.deepEqual(observed.requests, bare.requests);
      // The first versions have nothing that is left alone.
      const isAny = methods.some((method) => !method.includes("#") && isCalledAlone(name, method));
      assert.equal(Object.keys(bare.results).length > 0, isAny);
    });
  });
}
