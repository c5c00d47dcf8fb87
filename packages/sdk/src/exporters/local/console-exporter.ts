import { type ExporterOptions, LazyExporter } from "../backend/lazy-exporter.ts";

export interface ConsoleExporterOptions extends ExporterOptions {
  /** Takes one line without its end. Default `console.log`. */
  readonly write?: ((line: string) => void) | undefined;
}

/**
 * Prints one line for each span when it has ended: for a first look while developing. Payloads are not printed. The
 * lane's default name is `console`.
 */
export class ConsoleExporter extends LazyExporter {
  constructor(options: ConsoleExporterOptions = {}) {
    const write = options.write ?? ((line: string) => console.log(line));
    super(options, "console", async () => {
      const { ConsoleSender } = await import("./console-sender.ts");
      return new ConsoleSender(write);
    });
  }
}
