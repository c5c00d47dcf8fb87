/** Each feature of each client, bare and observed: nothing that the program or the provider sees may differ. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GENERATED } from "./kinds.mjs";

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
for (const name of GENERATED) {
  describe(name, () => {
    const bare = run(name, "bare");
    for (const mode of name.endsWith("(Azure)") ? ["observed"] : ["observed", "observed-twice"]) {
      const observed = run(name, mode);
      for (const feature of Object.keys(bare)) {
        test(`${feature}, ${mode}: nothing differs, and there is a span for each request`, () => {
          assert.deepEqual(comparable(observed[feature]), comparable(bare[feature]));
          const { spans, requests } = observed[feature];
          const asked = requests.filter(({ url, retry }) => !url.includes("/models") && !(Number(retry) > 0));
          const stopped = STOPPED[feature] ?? 0;
          assert.equal(spans.length, asked.length + stopped, JSON.stringify(spans));
          const isUnread = feature.includes("nobody reads");
          assert.equal(observed[feature].open, isUnread ? 1 : 0, JSON.stringify(spans));
        });
      }
    }
  });
}
