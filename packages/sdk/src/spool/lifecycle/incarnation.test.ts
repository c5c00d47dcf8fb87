import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { runSync } from "../disk/steps.ts";
import {
  createIncarnation,
  incarnationName,
  newIncarnationId,
  parseIncarnationName,
  readOwner,
  releaseIncarnation,
  removeIncarnation,
  removeUnborn,
  unbornOwnerPid,
} from "./incarnation.ts";

const ID = "0123456789abcdef".repeat(2);
const OTHER = "fedcba9876543210".repeat(2);
const OWNER = { pid: 7, host: "h", firstSeq: 1, lanes: ["a"] };

function diskWith(...directories: string[]): SimulatedDisk {
  const disk = new SimulatedDisk(new ManualClock());
  for (const path of directories) disk.sync.mkdir(path);
  return disk;
}

const write = (disk: SimulatedDisk, path: string, text = "") => {
  disk.sync.write(disk.sync.open(path, "create"), Buffer.from(text), 0);
};

describe("the name of a life", () => {
  test.each([
    [{ startedMs: 0x0123456789ab, id: ID }, `i-0123456789ab-${ID}`],
    [{ startedMs: 5, id: ID, adopterId: OTHER }, `i-000000000005-${ID}~${OTHER}`],
  ])("%o", (name, text) => {
    expect(incarnationName(name)).toBe(text);
    expect(parseIncarnationName(text)).toStrictEqual(name);
  });

  test("has the time in whole milliseconds, from 1970 on", () => {
    expect(incarnationName({ startedMs: -1, id: ID })).toBe(`i-000000000000-${ID}`);
    expect(incarnationName({ startedMs: 16.9, id: ID })).toBe(`i-000000000010-${ID}`);
  });

  test.each([
    "",
    `i-${ID}`,
    `xi-000000000005-${ID}`,
    `i-00000000000g-${ID}`,
    `i-00000000005-${ID}`,
    `i-000000000005-${ID.slice(1)}`,
    `i-000000000005-${ID}0`,
    `i-000000000005-${ID}~`,
    `i-000000000005-${ID}~${OTHER.slice(1)}`,
    `i-000000000005-${ID}~${OTHER}~`,
    `i-000000000005-${ID.toUpperCase()}`,
  ])("is not %j", (name) => {
    expect(parseIncarnationName(name)).toBeUndefined();
  });

  test("while it is being made, says by which process", () => {
    expect(unbornOwnerPid(`new-123-${ID}`)).toBe(123);
    for (const name of [`new--${ID}`, `new-1x-${ID}`, `anew-1-${ID}`, `new-1-${ID}0`, `new-1-${ID.slice(1)}`])
      expect(unbornOwnerPid(name)).toBeUndefined();
  });

  test("has an id that no other has", () => {
    expect(newIncarnationId()).toMatch(/^[0-9a-f]{32}$/);
    expect(newIncarnationId()).not.toBe(newIncarnationId());
  });
});

describe("a life that begins", () => {
  const begin = (disk: SimulatedDisk, isDurable = false, directory = "/a/b/spool") =>
    runSync(disk, createIncarnation(directory, { id: ID, startedMs: 5, owner: OWNER, isDurable }));
  const synced = (disk: SimulatedDisk) => disk.log.filter(({ kind }) => kind === "fsync").length;

  test("makes the directory with its parents, and closes what it opened", () => {
    const disk = diskWith();
    const path = begin(disk);
    expect(path).toBe(`/a/b/spool/i-000000000005-${ID}`);
    expect(disk.files()).toEqual([`${path}/owner`]);
    expect(runSync(disk, readOwner(path))).toEqual(OWNER);
    expect(disk.openFiles).toBe(0);
  });

  test("that is to survive a power cut is there after one; one that is not syncs only the names of new parents", () => {
    const disk = diskWith("/a", "/a/b", "/a/b/spool");
    const path = begin(disk, true);
    // Where the directory itself lies is not the affair of a life.
    const isBefore = (index: number) => index < 2;
    expect(disk.uncertainAt(disk.log.length).filter(({ index }) => !isBefore(index))).toEqual([]);
    const after = disk.imageAt(disk.log.length, ({ index }) => (isBefore(index) ? "kept" : "lost"));
    expect(runSync(after, readOwner(path))).toEqual(OWNER);

    const quick = diskWith("/a", "/a/b", "/a/b/spool");
    begin(quick);
    expect(synced(quick)).toBe(0);
    const fresh = diskWith();
    begin(fresh);
    expect(synced(fresh)).toBe(2);
  });

  test.each([
    ["the owner can't be made", "open", "ENOSPC"],
    ["the owner can't be written", "write", "EIO"],
    ["the owner can't be synced", "fsync", "EIO"],
    ["the name can't be given", "rename", "EROFS"],
  ] as const)("leaves nothing behind when %s", (_what, name, code) => {
    const disk = diskWith("/a");
    let left = 1;
    disk.onCall = (call) => (call.name === name && left-- > 0 ? { code } : undefined);
    expect(() => begin(disk, true, "/a/spool")).toThrow(code);
    expect(disk.sync.readdir("/a/spool")).toEqual([]);
    expect(disk.openFiles).toBe(0);
  });

  test("goes on where the names of a parent may not be synced by it, and not where that fails", () => {
    for (const [code, fails] of [
      ["EACCES", false],
      ["EIO", true],
    ] as const) {
      const disk = diskWith("/a");
      disk.onCall = ({ name, path }) => (name === "fsyncDirectory" && path === "/a" ? { code } : undefined);
      const run = () => begin(disk, true, "/a/spool");
      if (fails) expect(run).toThrow(code);
      else expect(run()).toContain("/a/spool/i-");
    }
  });

  test("is not tried in the parents of a directory that may not be made", () => {
    const disk = diskWith("/a");
    const made: string[] = [];
    disk.onCall = ({ name, path }) => {
      if (name === "mkdir") made.push(path);
      return name === "mkdir" ? { code: "EACCES" } : undefined;
    };
    expect(() => begin(disk, false, "/a/b/spool")).toThrow("EACCES");
    expect(made).toEqual(["/a/b/spool"]);
  });

  test("refuses a path that is no directory, and one in which others can write", () => {
    const disk = diskWith("/a");
    write(disk, "/a/file");
    expect(() => begin(disk, false, "/a/file")).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
    const found = disk.sync.status("/a")!;
    const beginWhere = (status: typeof found | undefined) => () => {
      const fs = { ...disk, sync: { ...disk.sync, status: () => status } };
      runSync(fs as never, createIncarnation("/a", { id: ID, startedMs: 5, owner: OWNER, isDurable: false }));
    };
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(beginWhere({ ...found, isWritableByOthers: true })).toThrow(refusal("UNSAFE_DIRECTORY"));
    expect(beginWhere({ ...found, kind: "other" })).toThrow(refusal("ENOTDIR"));
    expect(beginWhere(undefined), "gone in between").toThrow(refusal("ENOTDIR"));
  });

  test("is not looked for above the root", () => {
    const disk = diskWith();
    disk.onCall = ({ name }) => (name === "mkdir" ? { code: "ENOENT" } : undefined);
    expect(() => begin(disk)).toThrow("ENOENT");
  });
});

describe("a life that ends", () => {
  const path = `/s/i-000000000005-${ID}`;
  const lived = (...files: string[]) => {
    const disk = diskWith("/s", path);
    for (const file of files) write(disk, `${path}/${file}`, "x");
    return disk;
  };

  test.each<[what: string, files: string[], left: string[] | undefined]>([
    ["with nothing in it", ["owner", "ledger"], undefined],
    ["without a ledger", ["owner"], undefined],
    ["with a segment", ["owner", "ledger", "00000001.seg"], ["owner", "ledger", "00000001.seg"]],
    ["with a file of somebody else", ["owner", "ledger", "notes"], ["notes"]],
  ])("%s", (_what, files, left) => {
    const disk = lived(...files);
    runSync(disk, removeIncarnation(path));
    expect(disk.sync.status(path) && disk.sync.readdir(path)).toEqual(left);
  });

  test("before it began is removed, but with records in it is not", () => {
    const [empty, full] = [lived("owner", "ledger"), lived("owner", "ledger", "00000001.seg")];
    for (const disk of [empty, full]) runSync(disk, removeUnborn(path));
    expect(empty.sync.status(path)).toBeUndefined();
    expect(full.sync.readdir(path)).toHaveLength(3);
  });

  test("while its process goes on is released to anybody: an adopter that nobody is", () => {
    const disk = lived("owner");
    runSync(disk, releaseIncarnation("/s", { startedMs: 5, id: ID, adopterId: OTHER }));
    expect(disk.sync.readdir("/s")).toEqual([`i-000000000005-${ID}~${"0".repeat(32)}`]);
  });

  test("without an owner file has no owner", () => {
    expect(runSync(lived("ledger"), readOwner(path))).toBeUndefined();
    expect(runSync(lived("owner"), readOwner(path))).toBe("damaged");
  });
});
