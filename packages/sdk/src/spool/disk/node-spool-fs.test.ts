import nodeFs, * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nodeSpoolFs } from "./node-spool-fs.ts";
import type { OffLoop, SpoolCalls } from "./spool-fs.ts";

/** The synchronous calls, so that both forms are asked the same. */
const later = Object.fromEntries(
  Object.entries(nodeSpoolFs.sync).map(([name, run]) => [
    name,
    async (...args: unknown[]) => (run as (...args: unknown[]) => unknown)(...args),
  ]),
) as unknown as OffLoop<SpoolCalls>;

describe.each([
  ["within a turn", later],
  ["off the event loop", nodeSpoolFs.offLoop],
])("the real disk, %s,", (_how, disk) => {
  let directory = "";
  const at = (name: string) => join(directory, name);

  beforeEach(() => {
    directory = fs.mkdtempSync(join(tmpdir(), "everspan-disk-"));
  });

  afterEach(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });

  test("makes files and directories that are their owner's alone", async () => {
    await disk.mkdir(at("d"));
    await disk.close(await disk.open(at("f"), "create"));
    expect([at("d"), at("f")].map((path) => fs.statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    await expect(disk.mkdir(at("d"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(disk.open(at("f"), "create")).rejects.toMatchObject({ code: "EEXIST" });
    await expect(disk.open(at("none"), "write")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(disk.open(at("none"), "read")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("writes and reads at any place, and says how much", async () => {
    const fd = await disk.open(at("f"), "create");
    expect(await disk.write(fd, Buffer.from("0123456789").subarray(2), 4)).toBe(8);
    const target = Buffer.alloc(10, "x");
    expect(await disk.read(fd, target.subarray(1, 4), 5)).toBe(3);
    expect(target.toString()).toBe("x345xxxxxx");
    expect(await disk.read(fd, target, 9)).toBe(3);
    expect(await disk.read(fd, target, 12)).toBe(0);
    await disk.truncate(fd, 6);
    await disk.fsync(fd);
    await disk.close(fd);
    expect(fs.readFileSync(at("f"), "latin1")).toBe("\0\0\0\x0023");
    await expect(disk.fsync(fd)).rejects.toMatchObject({ code: "EBADF" });
    await expect(disk.write(fd, target, 0)).rejects.toMatchObject({ code: "EBADF" });
    await expect(disk.read(fd, target, 0)).rejects.toMatchObject({ code: "EBADF" });
  });

  test("opens a file for reading, or for reading and writing, as it is", async () => {
    fs.writeFileSync(at("f"), "abc");
    const [read, write] = [await disk.open(at("f"), "read"), await disk.open(at("f"), "write")];
    await expect(disk.write(read, Buffer.from("x"), 0)).rejects.toMatchObject({ code: "EBADF" });
    expect(await disk.write(write, Buffer.from("x"), 1)).toBe(1);
    const target = Buffer.alloc(3);
    for (const fd of [read, write]) {
      expect(await disk.read(fd, target, 0)).toBe(3);
      expect(target.toString()).toBe("axc");
      await disk.close(fd);
    }
  });

  test("follows no link at the end of a path", async () => {
    fs.writeFileSync(at("target"), "theirs");
    fs.symlinkSync(at("target"), at("link"));
    await expect(disk.open(at("link"), "read")).rejects.toMatchObject({ code: "ELOOP" });
    await expect(disk.open(at("link"), "write")).rejects.toMatchObject({ code: "ELOOP" });
    await expect(disk.open(at("link"), "create")).rejects.toMatchObject({ code: "EEXIST" });
    expect(await disk.status(at("link"))).toMatchObject({ kind: "other" });
  });

  test("renames, removes and lists", async () => {
    for (const name of ["a", "b"]) fs.writeFileSync(at(name), name);
    await disk.rename(at("a"), at("c"));
    await disk.unlink(at("b"));
    await disk.mkdir(at("d"));
    expect((await disk.readdir(directory)).sort()).toEqual(["c", "d"]);
    await disk.fsyncDirectory(directory);
    await expect(disk.unlink(at("b"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(disk.rename(at("b"), at("e"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(disk.rmdir(at("c"))).rejects.toMatchObject({ code: "ENOTDIR" });
    await disk.rmdir(at("d"));
    await expect(disk.readdir(at("d"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(disk.fsyncDirectory(at("d"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(fs.readFileSync(at("c"), "utf8")).toBe("a");
  });

  test("says what lies at a path, and nothing where nothing lies", async () => {
    fs.writeFileSync(at("f"), "abc");
    fs.utimesSync(at("f"), 5, 7);
    const { dev, ino } = fs.statSync(at("f"));
    const file = { kind: "file", bytes: 3, modifiedMs: 7_000, identity: `${dev}:${ino}`, isWritableByOthers: false };
    for (const [mode, isWritableByOthers] of [
      [0o600, false],
      [0o644, false],
      [0o620, true],
      [0o602, true],
    ] as const) {
      fs.chmodSync(at("f"), mode);
      expect(await disk.status(at("f"))).toEqual({ ...file, isWritableByOthers });
    }
    expect(await disk.status(directory)).toMatchObject({ kind: "directory", isWritableByOthers: false });
    expect(await disk.status(at("none"))).toBeUndefined();
    await expect(disk.status(at("f/below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test("closes what it opened to sync a directory", async () => {
    const count = () => (fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0);
    const before = count();
    for (let i = 0; i < 5; i++) await disk.fsyncDirectory(directory);
    expect(count()).toBeLessThan(before + 5);
  });

  test.runIf(process.platform === "linux")("takes a directory that can't be synced as it is", async () => {
    await expect(disk.fsyncDirectory("/proc")).resolves.toBeUndefined();
  });
});

describe("where a directory can't be synced", () => {
  test.each([
    ["EPERM", "passes"],
    ["EISDIR", "passes"],
    ["EINVAL", "passes"],
    ["EIO", "fails"],
    ["ENOSPC", "fails"],
  ])("%s of it %s", (code, end) => {
    const sync = vi.spyOn(nodeFs, "fsyncSync").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    syncBuiltinESMExports();
    try {
      const run = () => nodeSpoolFs.sync.fsyncDirectory(tmpdir());
      if (end === "fails") expect(run).toThrow(code);
      else expect(run).not.toThrow();
      expect(sync.mock.calls).toEqual([[expect.any(Number)]]);
    } finally {
      sync.mockRestore();
      syncBuiltinESMExports();
    }
  });
});
