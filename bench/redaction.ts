/** What default redaction costs, beside `JSON.stringify` of the same text in the same run: `npx tsx bench/redaction.ts`. */
import { setImmediate } from "node:timers/promises";
import { MemoryExporter, Tracer } from "../packages/sdk/src/index.ts";
import { withholdCredentials } from "../packages/sdk/src/internals.ts";

const TEXTS = 200;
const CHARACTERS = 50_000;

let seed = 1;
function random(): number {
  seed = (seed * 16_807) % 2_147_483_647;
  return seed / 2_147_483_647;
}

const WORDS =
  "the agent should look at the customer's question and answer it with the tools that it has in plain language".split(
    " ",
  );
const word = () => WORDS[Math.floor(random() * WORDS.length)]!;

const KINDS: Record<string, () => string> = {
  prose: () => `${word()} `,
  code: () =>
    `const ${word()}Value = await load("https://a.test/${Math.floor(random() * 1e9)}", { id: "${word()}" });\n`,
  base64: () => Math.floor(random() * 1e15).toString(36),
};

/** As one flat string, as text from the network is. */
function text(piece: () => string): string {
  let made = "";
  while (made.length < CHARACTERS) made += piece();
  return Buffer.from(made).toString("latin1");
}

/** The median of each text's own time: a busy machine disturbs some of them, not most. */
function microsOf(texts: readonly string[], run: (text: string) => unknown): number {
  for (const warm of texts.slice(0, 50)) run(warm);
  const times = texts.map((given) => {
    const started = performance.now();
    run(given);
    return performance.now() - started;
  });
  return times.toSorted((a, b) => a - b)[texts.length >> 1]! * 1_000;
}

for (const [kind, piece] of Object.entries(KINDS)) {
  const texts = Array.from({ length: TEXTS }, () => text(piece));
  const json = microsOf(texts, JSON.stringify);
  const redaction = microsOf(texts, withholdCredentials);
  console.log(
    `${kind}: ${redaction.toFixed(0)} us for a distinct text of ${CHARACTERS} characters, JSON.stringify ${json.toFixed(0)} us, ratio ${(redaction / json).toFixed(2)}`,
  );
}

// What it costs a small span from its start to its delivery, with and without by turns in one sitting.
const SPANS = 20_000;
const ROUNDS = 5;

async function cpuMicrosPerSpan(redaction: false | undefined): Promise<number> {
  const tracer = new Tracer({ exporters: [new MemoryExporter()], ...(redaction === false && { redaction }) });
  const trace = tracer.startTrace();
  const before = process.cpuUsage();
  for (let i = 0; i < SPANS; i++) {
    const span = trace.startSpan("call", { input: { query: `where is order ${i}? ${"x".repeat(50)}`, limit: 10 } });
    span.output = { answer: `shipped ${i}` };
    span.end();
    if (i % 100 === 99) await setImmediate();
  }
  await tracer.shutdown();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SPANS;
}

const withRedaction: number[] = [];
const without: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  withRedaction.push(await cpuMicrosPerSpan(undefined));
  without.push(await cpuMicrosPerSpan(false));
}
const medianOf = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
console.log(
  `a small span: ${medianOf(withRedaction).toFixed(1)} us CPU with redaction, ${medianOf(without).toFixed(1)} without, ratio ${(medianOf(withRedaction) / medianOf(without)).toFixed(2)}`,
);
