/**
 * How far an import has come, in a file of its own, so that one that was killed goes on where it stopped. What was written
 * after the last record is written again, which changes nothing.
 */
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ImportPosition {
  /** Values of the file that are imported. */
  readonly units: number;
  /** Spans that came of them. */
  readonly spans: number;
}

export const BEGINNING: ImportPosition = { units: 0, spans: 0 };

interface Stored extends ImportPosition {
  readonly file: string;
  readonly target: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export class ImportRecord {
  readonly #path: string;
  readonly #identity: Omit<Stored, keyof ImportPosition>;

  /** @param folder where records lie */
  constructor(folder: string, file: string, target: string) {
    const real = realpathSync(file);
    const { size, mtimeMs } = statSync(real);
    this.#identity = { file: real, target, size, mtimeMs };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#path = join(folder, `${hash("sha256", `${real}\0${target}`).slice(0, 32)}.json`);
  }

  /** Where to go on: at the beginning when there is no record, or the file is another by now. */
  read(): ImportPosition {
    try {
      const stored = JSON.parse(readFileSync(this.#path, "utf8")) as Stored;
      const isSame = Object.entries(this.#identity).every(([name, value]) => stored[name as keyof Stored] === value);
      const { units, spans } = stored;
      return isSame && Number.isSafeInteger(units) && Number.isSafeInteger(spans) ? { units, spans } : BEGINNING;
    } catch {
      return BEGINNING;
    }
  }

  write(position: ImportPosition): void {
    const draft = `${this.#path}.part`;
    writeFileSync(draft, JSON.stringify({ ...this.#identity, ...position }), { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
