import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { expect, test } from "vitest";
import { runSync } from "../disk/steps.ts";
import { LedgerWriter } from "../format/ledger-file.ts";
import { incarnationName } from "./incarnation.ts";
import { discardIncarnation, leaveIncarnation, type OwnIncarnation } from "./own-incarnation.ts";

const NOBODY = "0".repeat(32);

function lived(...files: string[]) {
  const disk = new SimulatedDisk(new ManualClock());
  const name = { id: "0123456789abcdef".repeat(2), startedMs: 5 };
  const path = `/s/${incarnationName(name)}`;
  for (const directory of ["/s", path]) disk.sync.mkdir(directory);
  for (const file of files) disk.sync.close(disk.sync.open(`${path}/${file}`, "create"));
  const ledgerFd = disk.sync.open(`${path}/ledger`, "create");
  const incarnation: OwnIncarnation = { ...name, path, ledgerFd, ledger: new LedgerWriter(name.id) };
  return { disk, incarnation, left: () => disk.sync.readdir("/s"), released: `${incarnationName(name)}~${NOBODY}` };
}

test("a life in which nothing is left goes with its files; any other is free for anybody", () => {
  const empty = lived("owner");
  runSync(empty.disk, leaveIncarnation("/s", empty.incarnation, true));
  expect(empty.left()).toEqual([]);
  const full = lived("owner", "00000001.seg");
  runSync(full.disk, leaveIncarnation("/s", full.incarnation, false));
  expect(full.left()).toEqual([full.released]);
  const unsettled = lived("owner");
  runSync(unsettled.disk, leaveIncarnation("/s", unsettled.incarnation, false));
  expect(unsettled.left(), "whether something is left is for its caller to say").toEqual([unsettled.released]);
  for (const { disk } of [empty, full, unsettled]) expect(disk.openFiles).toBe(0);
});

test("what fails of it harms nobody: the next start does the rest", () => {
  for (const name of ["close", "unlink", "rename"] as const) {
    const { disk, incarnation, left } = lived("owner");
    disk.onCall = (call) => (call.name === name ? { code: "EIO" } : undefined);
    runSync(disk, leaveIncarnation("/s", incarnation, true));
    expect(left().length).toBe(name === "unlink" ? 1 : 0);
  }
});

test("a life that another one took the place of is removed", () => {
  const { disk, incarnation, left } = lived("owner");
  runSync(disk, discardIncarnation(incarnation));
  expect([left(), disk.openFiles]).toEqual([[], 0]);
});
