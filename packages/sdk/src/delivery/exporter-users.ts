/**
 * How many tracers send with an exporter object. It is one, unless the application shares it: across a hot reload, or
 * between two tracers. Then the exporter is closed with the last of them, not under the hands of the others.
 */
import type { SpanExporter } from "../contract/span-exporter.ts";

const users = new WeakMap<SpanExporter, number>();

/** The exporters that one tracer has sent with. */
export class ExporterUse {
  readonly #mine = new Set<SpanExporter>();

  /** Before an attempt. */
  begin(exporter: SpanExporter): void {
    if (this.#mine.has(exporter)) return;
    this.#mine.add(exporter);
    users.set(exporter, (users.get(exporter) ?? 0) + 1);
  }

  /** At the tracer's end: true when nobody else sends with it, so that it is to be closed. */
  end(exporter: SpanExporter): boolean {
    const others = (users.get(exporter) ?? 0) - (this.#mine.delete(exporter) ? 1 : 0);
    users.set(exporter, others);
    return others === 0;
  }
}
