/** One `ProducerWatch` for each project that has producers. */
import { ProducerWatch, type ProducerWatchOptions } from "./producer-watch.ts";

export interface ProducerWatchesOptions extends Omit<ProducerWatchOptions, "project" | "onChange"> {
  readonly onChange: (project: string, change: Parameters<ProducerWatchOptions["onChange"]>[0]) => void;
}

export class ProducerWatches {
  readonly #options: ProducerWatchesOptions;
  readonly #watches = new Map<string, ProducerWatch>();

  constructor(options: ProducerWatchesOptions) {
    this.#options = options;
  }

  of(project: string): ProducerWatch {
    let watch = this.#watches.get(project);
    if (watch === undefined) {
      const { onChange, ...rest } = this.#options;
      watch = new ProducerWatch({ ...rest, project, onChange: (change) => onChange(project, change) });
      this.#watches.set(project, watch);
    }
    return watch;
  }

  /** Goes on with what an earlier collector knew of these projects. */
  async resume(projects: Iterable<string>): Promise<void> {
    for (const project of new Set(projects)) await this.of(project).resume();
  }

  close(): void {
    for (const watch of this.#watches.values()) watch.close();
  }
}
