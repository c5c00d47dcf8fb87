/** Exporters that are not ours, whatever they answer. */
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext, SpanExporter } from "../../contract/span-exporter.ts";
import type { RecordSource } from "./sender.ts";

/** @throws what the exporter throws, and the signal's reason when the attempt was aborted meanwhile */
export async function exportChecked(
  exporter: SpanExporter,
  batch: readonly RecordSource[],
  context: ExportContext,
): Promise<ExportOutcome> {
  context.signal.throwIfAborted();
  const snapshots = batch.map((source) => source.toRecord().toSnapshot());
  return checkedOutcome(await exporter.export(snapshots, context));
}

function checkedOutcome(outcome: unknown): ExportOutcome {
  const given = (outcome ?? {}) as Record<string, unknown>;
  const { kind } = given;
  const maybeDelivered = listOf(given.maybeDelivered) ?? given.maybeDelivered === true;
  const reason = () => oneLine(String(given.reason));
  switch (kind) {
    case "delivered":
      return { kind };
    case "tooLarge":
      return given.reason === undefined ? { kind, maybeDelivered } : { kind, maybeDelivered, reason: reason() };
    case "partial": {
      const { rejected } = given;
      return Array.isArray(rejected)
        ? { kind, maybeDelivered, rejected: rejected.filter(isRejection) }
        : nonsense(outcome);
    }
    case "busy": {
      const retryAfterMs = Number.isFinite(given.retryAfterMs) ? { retryAfterMs: given.retryAfterMs as number } : {};
      const delivered = listOf(given.delivered) ?? [];
      return { kind, maybeDelivered, reason: reason(), delivered, ...retryAfterMs };
    }
    case "poison":
    case "misconfigured":
      return { kind, maybeDelivered, reason: reason() };
    default:
      return nonsense(outcome);
  }
}

/** Positions: what is none in the batch says nothing. */
function listOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function isRejection(value: unknown): value is { id: string; reason: string } {
  return typeof (value as { id?: unknown } | null | undefined)?.id === "string";
}

function nonsense(outcome: unknown): ExportOutcome {
  const what = outcome === null ? "null" : typeof outcome;
  return { kind: "busy", reason: `exporter answered no ExportOutcome but ${what}`, maybeDelivered: true };
}
