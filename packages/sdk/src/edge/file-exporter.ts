/** In the place of `exporters/local/file-exporter.ts`. */
import { noFiles } from "./no-files.ts";

export class FileExporter {
  /** @throws EverspanError `EVERSPAN_UNSUPPORTED_RUNTIME`: always */
  constructor() {
    throw noFiles("FileExporter");
  }
}
