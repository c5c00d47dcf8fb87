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
  if (exporter.export === LazyExporter.prototype.export) return (exporter as LazyExporter).exportEach(batch, context);
  return exportChecked(exporter, batch, context);
}
