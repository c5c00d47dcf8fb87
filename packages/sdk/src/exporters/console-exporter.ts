import { parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../diagnostics.ts";
import type { ExportOutcome, SpanExporter } from "./span-exporter.ts";

export interface ConsoleExporterOptions {
  /** Names the lane. Default `console`. */
  readonly name?: string;
  /** Takes one line without its end. Default `console.log`. */
  readonly write?: (line: string) => void;
}

/** Prints one line for each span when it has ended: for a first look while developing. Payloads are not printed. */
export class ConsoleExporter implements SpanExporter {
  readonly name: string;
  readonly #write: (line: string) => void;

  constructor(options: ConsoleExporterOptions = {}) {
    this.name = options.name ?? "console";
    this.#write = options.write ?? ((line) => console.log(line));
  }

  async export(batch: readonly SpanSnapshot[]): Promise<ExportOutcome> {
    for (const snapshot of batch) if (snapshot.phase === "ended") this.#write(lineOf(snapshot));
    return { kind: "delivered" };
  }
}

function lineOf(span: SpanSnapshot): string {
  const parts = [
    span.startTime,
    span.traceId.slice(0, 8),
    span.type.padEnd(14),
    durationOf(span).padStart(9),
    span.name,
  ];
  if (span.status !== "OK") parts.push(span.status);
  if (span.error !== undefined) parts.push(`${span.error.type}: ${span.error.message}`);
  return oneLine(parts.join("  "));
}

function durationOf({ startTime, endTime }: SpanSnapshot): string {
  const micros = (parseTimestamp(endTime ?? "") ?? Number.NaN) - (parseTimestamp(startTime) ?? Number.NaN);
  return Number.isNaN(micros) ? "?" : `${(micros / 1000).toFixed(1)} ms`;
}
