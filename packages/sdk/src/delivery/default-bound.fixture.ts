import { getHeapStatistics } from "node:v8";
import type { Span } from "../recording/span/span.ts";
import { Tracer } from "../recording/tracer.ts";

/**
 * The program of the tests of the default bound: texts of two bytes a character, as much of them as the heap holds,
 * in the place that its argument names, to a back end that never answers. Prints what was held.
 */
const LARGE = 64 * 1024;

const PLACES: Readonly<Record<string, (span: Span, text: string) => void>> = {
  input: (span, text) => {
    span.input = text;
  },
  "an array of output": (span, text) => {
    span.output = [{ role: "assistant", content: [text] }];
  },
  "a key of data": (span, text) => {
    span.data = { [text]: 1 };
  },
  error: (span, text) => {
    span.recordError(Object.assign(new Error(text), { stack: text, name: text, code: text }));
  },
};
const PLACES_OF_A_NAME: Readonly<Record<string, (text: string) => object>> = {
  "name and ids": (text) => ({ name: text, id: text, parentId: `${text}.` }),
};

const place = process.argv[2]!;
const tracer = new Tracer({ exporters: [{ name: "dead", export: () => new Promise(() => undefined) }] });
const heapBytes = getHeapStatistics().heap_size_limit;
const trace = tracer.startTrace();
let mostBytes = 0;
for (let i = 0; i * LARGE * 2 < heapBytes; i++) {
  const text = `${i} \u2013 `.padEnd(LARGE, "x");
  const { name = "large", ...options }: { name?: string } = PLACES_OF_A_NAME[place]?.(text) ?? {};
  const span = trace.startSpan(name, options);
  PLACES[place]?.(span, text);
  span.end();
  if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  mostBytes = Math.max(mostBytes, tracer.stats().queue.bytes);
}
globalThis.gc?.();
const { heapUsed } = process.memoryUsage();
console.log(JSON.stringify({ heapBytes, mostBytes, heapUsed, lane: tracer.stats().lanes.dead }));
process.exit(0);
