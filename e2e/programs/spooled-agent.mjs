/**
 * An agent with a spool, made to die: `spooled-agent.mjs HOW`. It says on stdout, by synchronous writes, one JSON a line:
 * `{"open": id}` and `{"ended": id}` for what a flush found on disk.
 *
 * - `run`: records turns until it is killed; says `{"started": id, "traceId": …}` once a span is, `{"ending": id}` before
 *   it ends, and `{"turned": true}` when the event loop has turned since the last of these
 * - `exit`: records one turn, leaves a span open and exits in the same turn of the event loop
 * - `throw`: as `exit`, by an uncaught exception
 * - `grow`: runs and fills the heap until it aborts
 * - `shutdown`: records 50 spans and shuts down with 200 ms to spare
 * - `recover`: delivers what others left and prints `{"stats": …}`
 */
import { writeSync } from "node:fs";
import { setTimeout as elapsed } from "node:timers/promises";

/** A bench may bring a build of its own, so that nobody replaces it meanwhile. */
const { CollectorExporter, SgpExporter, Tracer } = await import(process.env.EVERSPAN_BENCH_SDK ?? "everspan");

const [how] = process.argv.slice(2);
const url = process.env.BACKEND_URL;
const exporter =
  process.env.EXPORTER === "collector"
    ? new CollectorExporter({ url })
    : new SgpExporter({ apiKey: "test-key", accountId: "account", baseUrl: url });
const tracer = new Tracer({
  service: { name: "spooled" },
  exporters: [exporter],
  spool: { directory: process.env.SPOOL_DIRECTORY },
  batch: { lingerMs: Number(process.env.LINGER_MS ?? 50) },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});

const say = (what) => writeSync(1, `${JSON.stringify(what)}\n`);

/** One turn of an agent: a root that stays open while its steps come and go, each with the whole conversation. */
async function turn(number) {
  const messages = [{ role: "system", content: "Be brief. ".repeat(200) }];
  const trace = tracer.startTrace();
  const start = (name, options) => {
    const span = trace.startSpan(name, options);
    say({ started: span.id, traceId: span.traceId });
    return span;
  };
  const end = (span) => {
    say({ ending: span.id });
    span.end();
    ended.push(span.id);
  };
  const ended = [];
  const root = start(`turn ${number}`, { input: { number } });
  for (let step = 0; step < 4; step++) {
    messages.push({ role: "user", content: `step ${step} of ${number} ${"word ".repeat(80)}` });
    const span = start(`step ${step}`, { parentId: root.id, type: "COMPLETION", input: { messages } });
    if (step % 2 === 0) {
      await elapsed(3);
      say({ turned: true });
    }
    span.output = { step };
    end(span);
    if (step === 1) {
      const { ok } = await tracer.flush({ until: "spooled" });
      if (ok) {
        say({ open: root.id });
        for (const id of ended.splice(0)) say({ ended: id });
      }
    }
  }
  end(root);
  const { ok } = await tracer.flush({ until: "spooled" });
  if (ok) for (const id of ended) say({ ended: id });
}

function recordAtOnce() {
  const trace = tracer.startTrace();
  const ended = trace.startSpan("ended", { input: { text: "x".repeat(1000) } });
  ended.end();
  const open = trace.startSpan("open");
  say({ ended: ended.id });
  say({ open: open.id });
}

switch (how) {
  case "run":
    say({ pid: process.pid });
    for (let number = 0; ; number++) await turn(number);
  case "exit":
    recordAtOnce();
    process.exit(3);
    break;
  case "throw":
    recordAtOnce();
    throw new RangeError("nobody catches this");
  case "grow": {
    const heap = [];
    for (let number = 0; ; number++) {
      await turn(number);
      for (let i = 0; i < 100; i++) heap.push(Array.from({ length: 5_000 }, (_, n) => ({ n })));
    }
  }
  case "shutdown": {
    for (let i = 0; i < 50; i++) {
      const span = tracer.startTrace().startSpan(`s ${i}`);
      span.end();
      say({ ended: span.id });
    }
    const { lanes } = await tracer.shutdown({ timeoutMs: 200 });
    say({ stats: { lanes } });
    break;
  }
  case "recover": {
    const { ok, lanes } = await tracer.flush({ timeoutMs: 30_000 });
    await tracer.shutdown();
    say({ stats: { ok, lanes } });
    break;
  }
}
