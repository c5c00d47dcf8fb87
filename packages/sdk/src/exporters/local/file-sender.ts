/** A file of JSON lines, one snapshot each: for keeping, for grep, for `everspan import`. */
import { type FileHandle, open } from "node:fs/promises";
import type { SpanSnapshot } from "@everspan/protocol";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import type { Sender } from "../backend/sender.ts";

/** What waiting does not mend. */
const MISCONFIGURED = new Set(["ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "EROFS", "ELOOP", "ENAMETOOLONG"]);
const NEW_LINE = Buffer.from("\n");

export class FileSender implements Sender {
  readonly #path: string;
  readonly #bodies = new BodyBuilder();
  #file: FileHandle | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const attempt = this.#last.then(() => this.#append(batch, signal));
    this.#last = attempt.catch(() => {});
    return attempt;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#close();
  }

  async #append(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    if (signal.aborted) return { kind: "busy", reason: "the attempt was aborted before its turn came" };
    const body = await this.#bodies.lines(batch);
    try {
      this.#file ??= await openAtLineStart(this.#path);
      await appendWhole(this.#file, body.pieces);
      return { kind: "delivered" };
    } catch (error) {
      // Opened anew next time: the file may have been replaced, and its end must be looked at again.
      await this.#close();
      return outcomeOf(error, this.#path);
    } finally {
      body.release();
    }
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }
}

/** A line that a crash cut short is ended, not removed: it may be somebody's. */
async function openAtLineStart(path: string): Promise<FileHandle> {
  const file = await open(path, "a+", 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    if (size > 0 && !last.equals(NEW_LINE)) await file.appendFile(NEW_LINE);
    return file;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

/** Something of the batch stays in the file although not all of it could be written. */
class HalfWrittenError extends Error {}

/** All of it or nothing: what was written before an error is taken back, so a retry leaves no half line and no double. */
async function appendWhole(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const { size } = await file.stat();
  try {
    for (const piece of pieces) await file.appendFile(piece);
  } catch (error) {
    await file.truncate(size).catch(() => {
      throw new HalfWrittenError("what was written could not be taken back", { cause: error });
    });
    throw error;
  }
}

function outcomeOf(error: unknown, path: string): ExportOutcome {
  const maybeDelivered = error instanceof HalfWrittenError;
  const { code = "unknown error", message = "" } = (maybeDelivered ? error.cause : error) as NodeJS.ErrnoException;
  const reason = oneLine(`appending to ${path} failed: ${code} ${message}`);
  if (maybeDelivered) return { kind: "busy", reason, maybeDelivered };
  return MISCONFIGURED.has(code) ? { kind: "misconfigured", reason } : { kind: "busy", reason };
}
