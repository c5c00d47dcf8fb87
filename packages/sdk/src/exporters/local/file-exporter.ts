import { type ExporterOptions, LazyExporter } from "../backend/lazy-exporter.ts";

export interface FileExporterOptions extends ExporterOptions {
  /** Appended to; made when it is not there (its folder must be). One process writes to a file. */
  readonly path: string;
}

/** Appends to a file of JSON lines, one snapshot each, one batch at a time. The lane's default name is `file`. */
export class FileExporter extends LazyExporter {
  constructor(options: FileExporterOptions) {
    const delivery = { ...options.delivery, concurrency: 1 };
    super({ ...options, delivery }, "file", async () => {
      const { FileSender } = await import("./file-sender.ts");
      return new FileSender(options.path);
    });
  }
}
