/**
 * Compares a client with itself: each feature is run by the bare client, by the observed one, by one observed twice and by
 * one under `everspan/register`, each in a process of its own with a server for each feature, and nothing that the program or the provider sees may differ.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { said } from "./under-register.mjs";

/**
 * @param file whose export of this name has `features` by name: a function `(client, log, server)`, or `{ run, spans, open }`
 *   where not every request makes a span, or one stays open; and `make(url)`, `observe`, `startServer`
 * @returns what each feature came to under observation, for further tests
 */
export async function compareFeatures(file, name) {
  const { features } = (await import(`./${file}`))[name];
  const run = (mode) => {
    const args = [fileURLToPath(new URL("run-compared.mjs", import.meta.url)), file, name, mode];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28 }));
  };
  const [bare, observed, twice, registered] = ["bare", "observed", "observed-twice", "register"].map(run);
  for (const [feature, given] of Object.entries(features)) {
    test(`${name}, ${feature}: nothing differs, and there is a span for each request`, () => {
      for (const { comparable, spans, open } of [observed[feature], twice[feature], registered[feature]]) {
        assert.deepEqual(comparable, bare[feature].comparable);
        assert.equal(spans.length, given.spans ?? comparable.requests.length, JSON.stringify(spans));
        assert.equal(open, given.open ?? 0, JSON.stringify(spans));
      }
    });
    test(`${name}, ${feature}: everspan/register says what observing the client does`, () => {
      assert.deepEqual(registered[feature].spans.map(said), observed[feature].spans.map(said));
    });
  }
  return observed;
}

export const shape = (value) => [
  value?.constructor?.name,
  Object.prototype.toString.call(value),
  Object.keys(value ?? {}).sort(),
];

export async function caught(log, run) {
  try {
    log(await run());
  } catch (error) {
    const status = error?.statusCode ?? error?.$metadata?.httpStatusCode;
    log("threw", error?.constructor?.name, error?.name, error?.message, status);
  }
}

/** Until a rejection was seen that nobody handles; where none comes, for as long as it takes to be sure. */
export function unhandled() {
  return new Promise((resolve) => {
    process.once("unhandledRejection", resolve);
    setTimeout(resolve, 10_000).unref();
  });
}
