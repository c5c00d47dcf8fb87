// What looks at an exporter's answers is loaded with the first batch, which a clock that the test holds does not wait for.
import "everspan/internals";
import type { ExportContext, ExportOutcome, SpanExporter, SpanSnapshot } from "everspan";

/** An exporter whose answers the test decides. It keeps what it was given. */
export class RecordingExporter implements SpanExporter {
  readonly name: string;
  readonly batches: (readonly SpanSnapshot[])[] = [];
  /** Batches of which nobody has been told the outcome. */
  underWay = 0;
  mostUnderWay = 0;
  isShutDown = false;
  answer: (batch: readonly SpanSnapshot[], context: ExportContext) => ExportOutcome | Promise<ExportOutcome>;

  constructor(name = "recording", answer: RecordingExporter["answer"] = () => ({ kind: "delivered" })) {
    this.name = name;
    this.answer = answer;
  }

  async export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome> {
    this.batches.push(batch);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      return await this.answer(batch, context);
    } finally {
      this.underWay -= 1;
    }
  }

  async shutdown(): Promise<void> {
    this.isShutDown = true;
  }

  get snapshots(): readonly SpanSnapshot[] {
    return this.batches.flat();
  }

  named(name: string): SpanSnapshot | undefined {
    return this.snapshots.findLast((snapshot) => snapshot.name === name);
  }
}

/** A promise that never settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** A logger that keeps its lines. */
export class RecordingLogger {
  readonly lines: string[] = [];
  debug = (message: string): void => void this.lines.push(message);
  info = (message: string): void => void this.lines.push(message);
  warn = (message: string): void => void this.lines.push(message);
  error = (message: string): void => void this.lines.push(message);
}
