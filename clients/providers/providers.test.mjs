/** Each feature of each client, bare and observed: nothing that the program or the provider sees may differ. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GENERATED } from "./kinds.mjs";
import { said } from "./under-register.mjs";

const program = fileURLToPath(new URL("run-features.mjs", import.meta.url));
const run = (name, mode) =>
  JSON.parse(
    execFileSync(process.execPath, [program, name, mode], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    }),
  );

/** Stack traces, ports and the order of two branches of one stream are no difference. */
const comparable = ({ seen, requests }) => {
  const text = JSON.stringify({ seen: seen.map((entry) => JSON.stringify(entry)), requests });
  const { seen: lines, ...rest } = JSON.parse(text.replaceAll(/127\.0\.0\.1:\d+/g, "server"));
  const isBranch = (line) => /^\["(left|right)"/.test(line);
  return { ...rest, lines: lines.filter((line) => !isBranch(line)), branches: lines.filter(isBranch).sort() };
};

/** Calls that end before they ask. */
const STOPPED = {
  "aborted before": 1,
  "frozen arguments and a lost this": 1,
  "a message's stream, by all that it tells": 2,
};
/** They have no beta, and do not say which attempt a request is. */
const FIRST_VERSIONS = { "a message's stream, by all that it tells": 1, "retries, then an answer": -2 };
const MODES = ["observed", "observed-twice", "register"];
for (const name of GENERATED) {
  describe(name, () => {
    const bare = run(name, "bare");
    const runs = Object.fromEntries(MODES.map((mode) => [mode, run(name, mode)]));
    for (const feature of Object.keys(bare)) {
      test(`${feature}: everspan/register says what observing the client does`, () => {
        const [registered, observed] = [runs.register, runs.observed].map((of) => of[feature].spans.map(said));
        assert.deepEqual(registered, observed);
      });
    }
    for (const [mode, observed] of Object.entries(runs)) {
      for (const feature of Object.keys(bare)) {
        test(`${feature}, ${mode}: nothing differs, and there is a span for each request`, () => {
          assert.deepEqual(comparable(observed[feature]), comparable(bare[feature]));
          const { spans, requests } = observed[feature];
          const asked = requests.filter(({ url, retry }) => !url.includes("/models") && !(Number(retry) > 0));
          const stopped = (name === "anthropic-0.20" ? FIRST_VERSIONS[feature] : undefined) ?? STOPPED[feature] ?? 0;
          assert.equal(spans.length, asked.length + stopped, JSON.stringify(spans));
          const isUnread = feature.includes("nobody reads");
          assert.equal(observed[feature].open, isUnread ? 1 : 0, JSON.stringify(spans));
        });
      }
    }
  });
}
