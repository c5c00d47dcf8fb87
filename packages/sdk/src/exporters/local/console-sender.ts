import { parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { Sender } from "../backend/sender.ts";

/** One line for each span that has ended. */
export class ConsoleSender implements Sender {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  async export(batch: readonly SpanSnapshot[]): Promise<ExportOutcome> {
    const delivered: number[] = [];
    try {
      for (const [position, snapshot] of batch.entries()) {
        if (snapshot.phase === "ended") this.#write(lineOf(snapshot));
        delivered.push(position);
      }
      return { kind: "delivered" };
    } catch (error) {
      const message = error instanceof Error ? error.message : "unknown";
      const reason = oneLine(`the console's write threw: ${message}`);
      return { kind: "busy", reason, delivered, maybeDelivered: [delivered.length] };
    }
  }

  async close(): Promise<void> {}
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
