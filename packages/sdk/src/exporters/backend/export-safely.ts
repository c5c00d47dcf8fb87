import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";

const DELIVERED: ExportOutcome = { kind: "delivered" };

/**
 * What holds for every exporter: an empty batch is delivered, an aborted attempt is not begun, and nothing is thrown.
 * What fails before anything is sent is the fault of what is in the batch, so the lane looks for the record.
 */
export async function exportSafely(
  batch: readonly unknown[],
  signal: AbortSignal,
  attempt: () => Promise<ExportOutcome>,
): Promise<ExportOutcome> {
  if (batch.length === 0) return DELIVERED;
  if (signal.aborted) return { kind: "busy", reason: "the attempt was given up before it began" };
  try {
    return await attempt();
  } catch (error) {
    return {
      kind: "poison",
      reason: oneLine(`can't be encoded: ${error instanceof Error ? error.message : "unknown"}`),
    };
  }
}
