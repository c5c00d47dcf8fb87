import { captureError } from "../capture/index.ts";
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { Attempts } from "./attempts.ts";
import type { Batch } from "./core/index.ts";
import type { RecordDisk } from "./disk/record-disk.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { SpanRecord } from "./record/span-record.ts";

/** `Attempts`, loaded with the first of them. What is asked of it happens in the order in which it was asked. */
export class Sending {
  readonly #load: () => Promise<Attempts>;
  #attempts: Promise<Attempts> | undefined;

  constructor(options: PipelineOptions, disk: RecordDisk | undefined) {
    this.#load = async () => new (await import("./attempts.ts")).Attempts(options, disk);
  }

  begin(batch: Batch<SpanRecord>, report: (outcome: ExportOutcome) => void): void {
    this.#with((attempts) => attempts.begin(batch, report)).catch((error) =>
      report({ kind: "busy", reason: oneLine(captureError(error).message) }),
    );
  }

  abort(batch: Batch<SpanRecord>): void {
    void this.#with((attempts) => attempts.abort(batch)).catch(() => {});
  }

  /** Lets every exporter close, but waits no longer than this. */
  async shutdownExporters(timeoutMs: number): Promise<void> {
    await this.#with((attempts) => attempts.shutdownExporters(timeoutMs)).catch(() => {});
  }

  /** Rejects when the code can't be loaded; tried again the next time: a bundle may be replaced at that moment. */
  async #with<T>(use: (attempts: Attempts) => T): Promise<T> {
    if (this.#attempts === undefined) {
      this.#attempts = this.#load();
      this.#attempts.catch(() => {
        this.#attempts = undefined;
      });
    }
    return use(await this.#attempts);
  }
}
