/** What was left to the disk and can't be read back: it is lost only when it did not come three times. */
import { type ManualClock, processTable, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { expect, test } from "vitest";
import { Spool } from "../../spool/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { plainRecord } from "../record/testing/plain-record.ts";
import { Overflow } from "./overflow.ts";
import { OwnPlace, type PlaceKeeper } from "./own-place.ts";
import { RecordEncoder } from "./records/spooled-record.ts";
import { Recovery } from "./recovery.ts";
import type { SpoolingHost } from "./spooling-host.ts";

const LANE = "sgp";
const REST_MS = 1_000;

/** A queue of one lane that has room, and tells what it took back and what was lost. */
function hostWith(clock: ManualClock) {
  const back: SpanRecord[] = [];
  const lost: unknown[] = [];
  const account = {
    spilledWasLost: (reason: string, maybeDelivered: boolean) => lost.push([reason, maybeDelivered]),
    inherits: () => undefined,
    orphansWereLost: () => undefined,
  };
  const lane = { index: 0, bit: 1, account, config: { name: LANE } };
  const core = {
    isClosed: false,
    heldRecords: 0,
    lanes: [lane],
    restore: (_slot: unknown, record: SpanRecord, lanes: number) => {
      back.push(record);
      return lanes;
    },
  };
  const host = {
    core,
    queue: { maxRecords: 100, maxBytes: 1e6 },
    heldBytes: () => 0,
    clock,
    diagnostics: { warn: () => undefined },
    wake: () => undefined,
  } as unknown as SpoolingHost;
  return { host, back, lost };
}

/** A run whose segments can't be opened the next so many times. */
async function runWith(name: string) {
  const run = await new SpoolRun({ lanes: [LANE] }).opened();
  run.spool.append(new RecordEncoder().encode(plainRecord({ id: name, name })));
  await run.commit();
  return run;
}

function refuseToOpen(disk: SpoolRun["disk"]) {
  const refusals = { left: 0, met: 0 };
  disk.onCall = ({ name, path }) => {
    if (name !== "open" || !path.endsWith(".seg") || refusals.left === 0) return undefined;
    refusals.left -= 1;
    refusals.met += 1;
    return { code: "EMFILE" };
  };
  return refusals;
}

async function ofThisProcess() {
  const run = await runWith("own");
  const { host, back, lost } = hostWith(run.clock);
  const overflow = new Overflow(run.spool, host);
  const settled: unknown[] = [];
  const keeper: PlaceKeeper = {
    isDiskInUse: true,
    doubted: () => undefined,
    endedInDoubt: () => undefined,
    released: (_place, _lane, as) => settled.push(as),
    spilled: (place) => overflow.add(place),
  };
  const refusals = refuseToOpen(run.disk);
  const spill = () => {
    back.length = 0;
    const place = new OwnPlace(keeper, plainRecord({ id: "own", name: "own" }), undefined, 1);
    place.seq = 1;
    place.isSpooled = true;
    place.spill(0, false);
  };
  return { clock: run.clock, refusals, spill, back, lost, settled, hasBacklog: () => overflow.hasBacklog };
}

async function ofADeadProcess() {
  const run = await runWith("orphan");
  const disk = run.disk.imageAt(run.disk.log.length);
  const processes = processTable(2, () => [2]);
  const spool = Spool.open({ directory: SPOOL_DIRECTORY, lanes: [LANE], fs: disk, clock: run.clock, processes });
  const { host, back, lost } = hostWith(run.clock);
  const recovery = new Recovery(spool, host);
  const running = recovery.run();
  await run.clock.settle();
  await running;
  expect(back.map(({ name }) => name)).toEqual(["orphan"]);
  const refusals = refuseToOpen(disk);
  const spill = () => {
    back.splice(0)[0]!.onDisk!.spill(0, false);
    recovery.noteRoom();
  };
  return { clock: run.clock, refusals, spill, back, lost, hasBacklog: () => recovery.hasBacklog };
}

test.each([
  ["of this process", ofThisProcess],
  ["of a dead process", ofADeadProcess],
])("a record %s that is not found twice comes back the third time, each time that happens", async (_, setUp) => {
  const { clock, refusals, spill, back, lost, hasBacklog } = await setUp();
  for (let time = 1; time <= 3; time += 1) {
    refusals.left = 2;
    spill();
    await clock.advance(REST_MS - 1);
    expect(refusals.left, "a rest between the readings").toBe(1);
    expect(hasBacklog()).toBe(true);
    await clock.advance(2 * REST_MS);
    expect(refusals).toEqual({ left: 0, met: 2 * time });
    expect(back).toHaveLength(1);
    expect(hasBacklog()).toBe(false);
  }
  expect(lost).toEqual([]);
});

test.each([
  ["of this process", ofThisProcess],
  ["of a dead process", ofADeadProcess],
])("a record %s that is not found three times is lost, counted once, and waited for no longer", async (_, setUp) => {
  const { clock, refusals, spill, back, lost, hasBacklog } = await setUp();
  refusals.left = 9;
  spill();
  await clock.advance(REST_MS);
  expect(lost).toEqual([]);
  await clock.advance(10 * REST_MS);
  expect(lost).toEqual([["spool_io", false]]);
  expect(refusals.met).toBe(3);
  expect(hasBacklog()).toBe(false);
  expect(back).toEqual([]);
});
