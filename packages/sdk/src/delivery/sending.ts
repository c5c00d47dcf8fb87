import { captureError, compareWith } from "../capture/index.ts";
import { oneLine } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { Attempts, Outcomes } from "./attempts.ts";
import type { Batch } from "./core/index.ts";
import type { RecordDisk } from "./disk/record-disk.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { SpanRecord } from "./record/span-record.ts";

interface Loaded {
  readonly attempts: Attempts;
  readonly Made: typeof Outcomes;
}

/** What sends, loaded when the first batch is due. What is asked of it happens in the order in which it was asked. */
export class Sending {
  readonly #load: () => Promise<Loaded>;
  #loaded: Promise<Loaded> | undefined;

  constructor(options: PipelineOptions, disk: RecordDisk | undefined) {
    this.#load = async () => {
      const { Attempts, Comparison, Outcomes } = await import("./attempts.ts");
      compareWith(Comparison);
      return { attempts: new Attempts(options, disk), Made: Outcomes };
    };
  }

  /** The core's half that sends. Rejects when the code can't be loaded. */
  load(): Promise<typeof Outcomes> {
    return this.#with(({ Made }) => Made);
  }

  begin(batch: Batch<SpanRecord>, report: (outcome: ExportOutcome) => void): void {
    this.#with(({ attempts }) => attempts.begin(batch, report)).catch((error) =>
      report({ kind: "busy", reason: oneLine(captureError(error).message) }),
    );
  }

  abort(batch: Batch<SpanRecord>): void {
    void this.#with(({ attempts }) => attempts.abort(batch)).catch(() => {});
  }

  /** Lets every exporter close, but waits no longer than this. */
  async shutdownExporters(timeoutMs: number): Promise<void> {
    await this.#with(({ attempts }) => attempts.shutdownExporters(timeoutMs)).catch(() => {});
  }

  /** Rejects when the code can't be loaded; tried again the next time: a bundle may be replaced at that moment. */
  async #with<T>(use: (loaded: Loaded) => T): Promise<T> {
    if (this.#loaded === undefined) {
      this.#loaded = this.#load();
      this.#loaded.catch(() => {
        this.#loaded = undefined;
      });
    }
    return use(await this.#loaded);
  }
}
