/** What is withheld of text in which there is no credential: a drawn corpus of what agents say and see all day. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { seededRandom } from "../delivery/core/random.ts";
import { withholdCredentials } from "./credential-text.ts";

const TEXTS = 20_000;
/** Of all texts, so many in a hundred thousand may lose something. */
const MOST_IN_100_000 = 20;

const random = seededRandom(20_260_131);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const whole = (below: number): number => Math.floor(random() * below);
const hex = (length: number): string => Array.from({ length }, () => whole(16).toString(16)).join("");
const WORDS =
  "the agent asked for a token of trust and its password was reset by secret ballot key results authorization flow session cookie banner bearer of news basic training private matter public access signature dish sign query search model answer tool function value result error timeout retry".split(
    " ",
  );
const words = (count: number): string => Array.from({ length: count }, () => pick(WORDS)).join(" ");
const camel = (): string => `${pick(WORDS)}${pick(WORDS).replace(/^./, (c) => c.toUpperCase())}`;

const KINDS: readonly (() => string)[] = [
  () => `${words(4 + whole(40))}.`,
  () => `${words(3)}: ${words(6)}. ${words(2)} = ${words(3)}?`,
  () => `Please reset my ${pick(["password", "secret", "key", "token"])}: ${words(5)}.`,
  () => `const ${camel()} = await ${camel()}(${camel()}, { ${camel()}: ${whole(1_000)} });`,
  () => `import { ${camel()} } from "./${pick(WORDS)}-${pick(WORDS)}/${pick(WORDS)}.ts";`,
  () => `if (password.length < ${whole(20)}) throw new Error("${words(4)}");`,
  () => `type Options = { password: string; apiKey?: string; ${camel()}: number };`,
  () => `function login(password: string, token: Token): Promise<${camel()}> {`,
  () =>
    JSON.stringify({ id: randomUUID(), [`${pick(WORDS)}Count`]: whole(1e6), max_tokens: whole(4096), text: words(8) }),
  () => JSON.stringify({ usage: { input_tokens: whole(9_999), output_tokens: whole(999) }, stop: pick(WORDS) }),
  () => `call_${hex(24)} msg_${hex(24)} chatcmpl-${hex(29)} run-${randomUUID()}`,
  () => `commit ${hex(40)}\nAuthor: ${pick(WORDS)} <${pick(WORDS)}@example.com>\nDate: 2026-01-31`,
  () => `sha256:${hex(64)} size ${whole(1e9)}`,
  () =>
    `https://${pick(WORDS)}.example.com/${pick(WORDS)}/${hex(12)}?page=${whole(99)}&sort=${pick(WORDS)}#${pick(WORDS)}`,
  () => `https://example.com/search?q=${pick(WORDS)}+${pick(WORDS)}&key_results=${whole(9)}&lang=en`,
  () =>
    `at ${camel()} (/usr/src/app/node_modules/${pick(WORDS)}-${pick(WORDS)}/dist/index.js:${whole(999)}:${whole(99)})`,
  () =>
    `2026-01-31T12:${10 + whole(49)}:00.${100 + whole(899)}Z INFO ${pick(["started", "agent", "retry"])} traceId=${hex(32)} spanId=${hex(16)}`,
  () => `| ${words(2)} | ${whole(100)} % | ${words(3)} |\n|---|---|---|`,
  () => `The primary key: ${camel()}_id; foreign key: ${camel()}. Sort key = ${pick(WORDS)}.`,
  () => `${"ab".repeat(20 + whole(200))}${hex(200)}`,
  () => `SELECT ${camel()}, token_count FROM ${pick(WORDS)} WHERE session_id = $1 AND key <> '${pick(WORDS)}'`,
  () => `<input type="password" name="${pick(WORDS)}" autocomplete="current-password">`,
  () => `export PATH=$PATH:/usr/local/${pick(WORDS)}/bin && ${pick(WORDS)} --${pick(WORDS)}=${whole(100)}`,
];

test(`of ${TEXTS} ordinary texts next to none loses anything`, () => {
  const changed = new Map<string, string>();
  for (let i = 0; i < TEXTS; i++) {
    const text = KINDS[i % KINDS.length]!();
    const clean = withholdCredentials(text);
    if (clean !== text) changed.set(text, clean);
  }
  const rate = (changed.size * 100_000) / TEXTS;
  expect(rate, [...changed.values()].slice(0, 5).join("\n")).toBeLessThanOrEqual(MOST_IN_100_000);
});
