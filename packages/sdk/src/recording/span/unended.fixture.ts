import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Tracer } from "../tracer.ts";

/**
 * The program of the test that starts very many spans and ends none: `SPANS MAX_OPEN [SPOOL_DIRECTORY]`. After each
 * tenth of them it says what it holds.
 */
const [spans, maxCount] = process.argv.slice(2, 4).map(Number) as [number, number];
const directory = process.argv[4];
const TURN_SPANS = 2_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const tracer = new Tracer({
  exporters: [{ name: "sink", export: async () => ({ kind: "delivered" }) }],
  openSpans: { maxCount },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  ...(directory === undefined ? {} : { spool: { directory } }),
});

for (let started = TURN_SPANS; started <= spans; started += TURN_SPANS) {
  for (let i = 0; i < TURN_SPANS; i++) {
    tracer.startTrace().startSpan("forgotten", { input: { question: `question ${started} ${i}` } });
  }
  await tracer.flush();
  if (started % (spans / 10) === 0) say();
}

function say(): void {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const { unended, queue, lanes } = tracer.stats();
  const { delivered } = lanes.sink!;
  process.stdout.write(`${JSON.stringify({ heapUsed, rss, unended, open: queue.openSpans, delivered })}\n`);
}
