import * as fs from "node:fs";
import { promisify } from "node:util";
import type { Fd, FileStatus, OffLoop, OpenMode, SpoolCalls, SpoolFs } from "./spool-fs.ts";

/**
 * The real file system. Nothing here follows a symbolic link at the last path part, directories are 0700 and files
 * 0600, whatever the process's umask adds.
 */
export const nodeSpoolFs: SpoolFs = { sync: syncCalls(), offLoop: offLoopCalls() };

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;

function openFlags(mode: OpenMode): number {
  const { O_CREAT, O_EXCL, O_RDWR, O_RDONLY } = fs.constants;
  const noFollow = fs.constants.O_NOFOLLOW ?? 0;
  if (mode === "create") return O_CREAT | O_EXCL | O_RDWR | noFollow;
  return (mode === "write" ? O_RDWR : O_RDONLY) | noFollow;
}

function fileStatus(stats: fs.Stats): FileStatus {
  return {
    kind: stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other",
    bytes: stats.size,
    modifiedMs: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
    isWritableByOthers: process.platform !== "win32" && (stats.mode & WRITABLE_BY_OTHERS) !== 0,
  };
}

/** Some platforms can't open or sync a directory; there the names are as durable as the platform makes them. */
function isUnsupportedDirectorySync(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "EPERM" || code === "EISDIR" || code === "EINVAL";
}

function syncCalls(): SpoolCalls {
  return {
    mkdir: (path) => void fs.mkdirSync(path, { mode: DIRECTORY_MODE }),
    open: (path, mode) => fs.openSync(path, openFlags(mode), FILE_MODE),
    write: (fd, bytes, position) => fs.writeSync(fd, bytes, 0, bytes.byteLength, position),
    read: (fd, target, position) => fs.readSync(fd, target, 0, target.byteLength, position),
    truncate: fs.ftruncateSync,
    fsync: fs.fsyncSync,
    close: fs.closeSync,
    fsyncDirectory(path) {
      try {
        const fd = fs.openSync(path, fs.constants.O_RDONLY);
        try {
          fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      } catch (error) {
        if (!isUnsupportedDirectorySync(error)) throw error;
      }
    },
    rename: fs.renameSync,
    unlink: fs.unlinkSync,
    rmdir: (path) => fs.rmdirSync(path),
    readdir: (path) => fs.readdirSync(path),
    status(path) {
      const stats = fs.lstatSync(path, { throwIfNoEntry: false });
      return stats === undefined ? undefined : fileStatus(stats);
    },
  };
}

function offLoopCalls(): OffLoop<SpoolCalls> {
  const open = promisify(fs.open);
  const fsync = promisify(fs.fsync);
  const close = promisify(fs.close);
  const mkdir = promisify(fs.mkdir);
  return {
    mkdir: async (path) => void (await mkdir(path, { mode: DIRECTORY_MODE })),
    open: (path, mode) => open(path, openFlags(mode), FILE_MODE),
    write: (fd: Fd, bytes, position) =>
      new Promise((resolve, reject) =>
        fs.write(fd, bytes, 0, bytes.byteLength, position, (error, written) =>
          error ? reject(error) : resolve(written),
        ),
      ),
    read: (fd: Fd, target, position) =>
      new Promise((resolve, reject) =>
        fs.read(fd, target, 0, target.byteLength, position, (error, count) => (error ? reject(error) : resolve(count))),
      ),
    truncate: promisify(fs.ftruncate),
    fsync,
    close,
    async fsyncDirectory(path) {
      try {
        const fd = await open(path, fs.constants.O_RDONLY);
        await fsync(fd).finally(() => close(fd));
      } catch (error) {
        if (!isUnsupportedDirectorySync(error)) throw error;
      }
    },
    rename: promisify(fs.rename),
    unlink: promisify(fs.unlink),
    rmdir: (path) => fs.promises.rmdir(path),
    readdir: (path) => fs.promises.readdir(path),
    async status(path) {
      try {
        return fileStatus(await fs.promises.lstat(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}
