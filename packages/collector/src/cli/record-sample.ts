/** One run of the sample agent, so that a first look at the viewer shows something true. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Logger } from "../logger.ts";

/** Never throws: the collector works without a sample. */
export async function recordSample(
  target: { readonly collectorUrl: string; readonly token?: string },
  logger: Logger,
): Promise<void> {
  try {
    const { recordSampleRun } = await import("@everspan/sample-agent");
    const run = await recordSampleRun({ ...target, workspace: sampleWorkspace() });
    logger.info(`recorded a run of the sample agent: ${run.spans} spans, ${target.collectorUrl}/traces/${run.traceId}`);
  } catch (error) {
    logger.warn(`the sample agent's run was not recorded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The folder that the agent looks at: the project it was started in, or else the collector's own files. */
function sampleWorkspace(): string {
  return existsSync("package.json") ? process.cwd() : fileURLToPath(new URL(".", import.meta.url));
}
