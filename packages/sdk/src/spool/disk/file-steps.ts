import { errorCode, type Fd } from "./spool-fs.ts";
import { call, type Steps } from "./steps.ts";

/** Protocols on one file that every other protocol is made of. */

/** Writes all of `bytes`, however short the single writes are. */
export function* writeFully(fd: Fd, bytes: Uint8Array, position: number): Steps<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const rest = written === 0 ? bytes : bytes.subarray(written);
    const at = position + written;
    const count = yield* call((fs) => fs.write(fd, rest, at));
    if (count === 0) throw Object.assign(new Error("a write made no progress"), { code: "ENOSPC" });
    written += count;
  }
}

/** The first `limitBytes` of a file, or undefined when there is none. */
export function* readStart(path: string, limitBytes: number): Steps<Buffer | undefined> {
  const status = yield* call((fs) => fs.status(path));
  if (status === undefined || status.kind !== "file") return undefined;
  const fd = yield* call((fs) => fs.open(path, "read"));
  try {
    const bytes = Buffer.alloc(Math.min(status.bytes, limitBytes));
    let read = 0;
    while (read < bytes.length) {
      const rest = bytes.subarray(read);
      const at = read;
      const count = yield* call((fs) => fs.read(fd, rest, at));
      if (count === 0) break;
      read += count;
    }
    return bytes.subarray(0, read);
  } finally {
    yield* call((fs) => fs.close(fd));
  }
}

/** Deletes a file; that it is gone already is as good. */
export function* removeFile(path: string): Steps<void> {
  try {
    yield* call((fs) => fs.unlink(path));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** Runs a step that may fail without harm: what it would have done is done by the next start. */
export function* attempt(run: () => Steps<void>): Steps<boolean> {
  try {
    yield* run();
    return true;
  } catch {
    return false;
  }
}
