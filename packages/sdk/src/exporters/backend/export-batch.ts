import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext, SpanExporter } from "../../contract/span-exporter.ts";
import { exportChecked } from "./foreign-exporter.ts";
import { LazyExporter } from "./lazy-exporter.ts";
import type { RecordSource } from "./sender.ts";

/**
 * Hands a batch to an exporter, to one of ours without a list of snapshots; unless another `export` was put there.
 *
 * @throws what the exporter throws, and the signal's reason when the attempt was aborted before it began
 */
export async function exportBatch(
  exporter: SpanExporter,
  batch: readonly RecordSource[],
  context: ExportContext,
): Promise<ExportOutcome> {
  return ofOurs(exporter)?.exportEach(batch, context) ?? exportChecked(exporter, batch, context);
}

/** The exporter, where it is one of ours that takes records and not snapshots. */
export function ofOurs(exporter: SpanExporter): LazyExporter | undefined {
  return exporter.export === LazyExporter.prototype.export ? (exporter as LazyExporter) : undefined;
}
