/** Calls the tracer under measurement and times it: what the application would wait for, and nothing else. */
import { Timings } from "./gauges.mjs";

export class Recorder {
  #subject;
  #micros;
  #lateness;
  #onEnded;
  ended = 0;

  constructor(subject, spans, onEnded = () => {}) {
    this.#subject = subject;
    this.#micros = new Timings(spans);
    this.#lateness = new Timings(spans);
    this.#onEnded = onEnded;
  }

  /** Whether the tracer makes the application wait for each call. */
  get isAwaited() {
    return this.#subject.isAwaited === true;
  }

  /** @param trace names a conversation whose spans belong together; default: the parent's, or a new one */
  start(name, input, parent, trace) {
    const before = process.hrtime.bigint();
    const span = this.#subject.start(name, input, parent?.span, trace);
    const nanoseconds = Number(process.hrtime.bigint() - before);
    return { span, nanoseconds, started: this.isAwaited ? span.started : undefined };
  }

  end(call, output) {
    const before = process.hrtime.bigint();
    const ended = this.#subject.end(call.span, output);
    if (this.isAwaited) return this.#awaited(ended, before);
    this.#count(call.nanoseconds + Number(process.hrtime.bigint() - before));
  }

  async #awaited(ended, before) {
    await ended;
    // Its start was awaited as well, and takes as long.
    this.#count(2 * Number(process.hrtime.bigint() - before));
  }

  #count(nanoseconds) {
    this.#micros.add(nanoseconds / 1_000);
    this.ended += 1;
    this.#onEnded(this.ended);
  }

  /** A request began this much after it was due. */
  late(milliseconds) {
    this.#lateness.add(milliseconds);
  }

  summary() {
    return { startEndMicros: this.#micros.summary(), lateMs: this.#lateness.summary() };
  }
}
