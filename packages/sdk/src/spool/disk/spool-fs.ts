/**
 * The seam between the spool and a file system. Small on purpose: what is not here the spool can't ask for, and a
 * simulated disk has only this to imitate.
 *
 * Every call exists twice, synchronous and off the event loop, with the same meaning. The writer uses the second;
 * `flushSync`, which has no event loop left, uses the first.
 */

/** A file descriptor, opaque to the spool. */
export type Fd = number;

/** `create`: new file, fails when it exists. `write`: existing file, read and write. `read`: existing file. */
export type OpenMode = "create" | "write" | "read";

export interface FileStatus {
  readonly kind: "file" | "directory" | "other";
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Names the file itself, whatever its path: two equal values mean the same file. */
  readonly identity: string;
  /** True when others than the owner could have planted or changed something here. */
  readonly isWritableByOthers: boolean;
}

/** Errors are thrown with a `code` as Node has them (`ENOSPC`, `EIO`, …). No call follows a symbolic link at the last path part. */
export interface SpoolCalls {
  /** Makes one directory, mode 0700. `EEXIST` when there is one. */
  mkdir(path: string): void;
  /** New files have mode 0600. A symbolic link is refused with `ELOOP`. */
  open(path: string, mode: OpenMode): Fd;
  /** Bytes written, which may be fewer than given. */
  write(fd: Fd, bytes: Uint8Array, position: number): number;
  /** Bytes read into `target`; 0 at the end of the file. */
  read(fd: Fd, target: Uint8Array, position: number): number;
  truncate(fd: Fd, bytes: number): void;
  fsync(fd: Fd): void;
  close(fd: Fd): void;
  /** Makes the names in a directory durable. */
  fsyncDirectory(path: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  readdir(path: string): string[];
  /** Undefined when nothing is there. */
  status(path: string): FileStatus | undefined;
}

/** The same calls with promises. */
export type OffLoop<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

export interface SpoolFs {
  readonly sync: SpoolCalls;
  readonly offLoop: OffLoop<SpoolCalls>;
}

/** The `code` of a failed call, `UNKNOWN` for anything else that was thrown. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "UNKNOWN";
}
