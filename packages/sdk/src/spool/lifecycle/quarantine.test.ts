import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { expect, test } from "vitest";
import { runSync } from "../disk/steps.ts";
import { quarantine } from "./quarantine.ts";

const ID = "a".repeat(32);

/** A disk whose files were changed in the order of their making. */
function diskWith(files: Readonly<Record<string, number>>): SimulatedDisk {
  const disk = new SimulatedDisk(new ManualClock());
  disk.sync.mkdir("/s");
  disk.sync.mkdir("/s/i");
  for (const [path, bytes] of Object.entries(files)) {
    if (path.startsWith("/s/bad/") && disk.sync.status("/s/bad") === undefined) disk.sync.mkdir("/s/bad");
    disk.sync.write(disk.sync.open(path, "create"), Buffer.alloc(bytes, 1), 0);
  }
  const paths = Object.keys(files);
  const { status } = disk.sync;
  Object.assign(disk.sync, {
    status: (path: string) => {
      const found = status(path);
      return found && { ...found, modifiedMs: paths.indexOf(path) };
    },
  });
  return disk;
}

const segment = "/s/i/00000002.seg";
const kept = `/s/bad/${ID}-00000002.seg.bad`;

test.each<[what: string, files: Record<string, number>, isKept: boolean, left: string[]]>([
  ["the first one makes the directory", { [segment]: 10 }, true, [kept]],
  ["one as large as the quota", { [segment]: 100 }, true, [kept]],
  ["one larger than the quota stays where it is", { [segment]: 101 }, false, [segment]],
  [
    "older ones that fit with it stay",
    { "/s/bad/a.bad": 40, "/s/bad/b.bad": 50, [segment]: 10 },
    true,
    ["/s/bad/a.bad", "/s/bad/b.bad", kept],
  ],
  [
    "of those that do not fit the oldest goes first",
    { "/s/bad/a.bad": 40, "/s/bad/b.bad": 50, [segment]: 11 },
    true,
    ["/s/bad/b.bad", kept],
  ],
  [
    "somebody else's file is neither counted nor removed",
    { "/s/bad/notes": 1_000, "/s/bad/a.bad": 50, [segment]: 50 },
    true,
    ["/s/bad/a.bad", "/s/bad/notes", kept],
  ],
])("%s", (_what, files, isKept, left) => {
  const disk = diskWith(files);
  expect(runSync(disk, quarantine("/s", segment, ID, 100))).toBe(isKept);
  expect(disk.files().sort()).toEqual([...left].sort());
});

test("one that is gone already is as good as kept", () => {
  const disk = diskWith({});
  expect(runSync(disk, quarantine("/s", segment, ID, 100))).toBe(true);
  expect(disk.sync.readdir("/s")).toEqual(["i"]);
});

test("a directory that can't be made is an error, and the segment stays", () => {
  const disk = diskWith({ [segment]: 10 });
  disk.onCall = ({ name }) => (name === "mkdir" ? { code: "ENOSPC" } : undefined);
  expect(() => runSync(disk, quarantine("/s", segment, ID, 100))).toThrow("ENOSPC");
  expect(disk.files()).toEqual([segment]);
});
