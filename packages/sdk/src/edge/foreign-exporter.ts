/** In the place of `exporters/backend/foreign-exporter.ts`: the same in fewer words. */
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { ExportContext, SpanExporter } from "../contract/span-exporter.ts";
import type { RecordSource } from "../exporters/backend/sender.ts";

const KINDS = ["delivered", "partial", "busy", "tooLarge", "poison", "misconfigured"];

/** @throws what the exporter throws, and the signal's reason when the attempt was aborted meanwhile */
export async function exportChecked(
  exporter: SpanExporter,
  batch: readonly RecordSource[],
  context: ExportContext,
): Promise<ExportOutcome> {
  context.signal.throwIfAborted();
  const outcome: unknown = await exporter.export(
    batch.map((source) => source.toRecord().toSnapshot()),
    context,
  );
  const { kind, reason, rejected, delivered, maybeDelivered, retryAfterMs } = Object(outcome) as Record<
    string,
    unknown
  >;
  if (!KINDS.includes(kind as string) || (kind === "partial" && !Array.isArray(rejected))) {
    const what = outcome === null ? "null" : typeof outcome;
    return { kind: "busy", reason: `exporter answered no ExportOutcome but ${what}`, maybeDelivered: true };
  }
  return {
    kind,
    maybeDelivered: Array.isArray(maybeDelivered) ? maybeDelivered : maybeDelivered === true,
    reason: reason === undefined && kind === "tooLarge" ? reason : oneLine(String(reason)),
    rejected: Array.isArray(rejected) ? rejected.filter((one) => typeof one?.id === "string") : [],
    delivered: Array.isArray(delivered) ? delivered : [],
    retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
  } as ExportOutcome;
}
