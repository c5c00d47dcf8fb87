import { fstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setgid, setuid } from "node:process";
import { systemClock } from "../contract/clock.ts";
import { nodeSpoolFs } from "./disk/node-spool-fs.ts";
import type { SpoolFs } from "./disk/spool-fs.ts";
import { Spool } from "./index.ts";

/**
 * The program of the tests that need a process to kill or to starve: `MODE DIRECTORY`. It says on its standard output
 * what it was promised.
 */
const [mode, directory] = process.argv.slice(2) as [string, string];

/** Waits of ten seconds and more are shortened, so that a probe of the disk is soon. */
const hastyClock = {
  ...systemClock,
  schedule: (run: () => void, delayMs: number) =>
    systemClock.schedule(run, delayMs >= 10_000 ? delayMs / 100 : delayMs, true),
};

const say = (line: string) => process.stdout.write(`${line}\n`);

if (mode === "append-as-nobody") {
  setgid!(65534);
  setuid!(65534);
}

const DISK_BYTES = 512 * 1024;
const BLOCK_BYTES = 4096;
const inBlocks = (bytes: number) => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;

/**
 * The real files on a disk of 512 KiB: a write takes what there is room for, as a full file system's does. Room is given
 * in blocks, so that what is written anew within its last block needs none.
 */
function smallDisk(): SpoolFs {
  const usedBytes = () =>
    readdirSync(directory, { recursive: true }).reduce((sum, name) => {
      const status = statSync(join(directory, String(name)), { throwIfNoEntry: false });
      return sum + (status?.isFile() ? inBlocks(status.size) : 0);
    }, 0);
  const fitting = (fd: number, bytes: Uint8Array, position: number): Uint8Array => {
    const ownBytes = inBlocks(fstatSync(fd).size);
    const room = ownBytes + Math.max(0, DISK_BYTES - usedBytes()) - position;
    const excess = Math.max(0, bytes.byteLength - Math.max(0, room));
    if (excess === bytes.byteLength) throw Object.assign(new Error("ENOSPC: write"), { code: "ENOSPC" });
    return bytes.subarray(0, bytes.byteLength - excess);
  };
  const { sync, offLoop } = nodeSpoolFs;
  return {
    ...nodeSpoolFs,
    sync: { ...sync, write: (fd, bytes, position) => sync.write(fd, fitting(fd, bytes, position), position) },
    offLoop: {
      ...offLoop,
      write: async (fd, bytes, position) => offLoop.write(fd, fitting(fd, bytes, position), position),
    },
  };
}

const spool = Spool.open({
  // A machine that is slow for a moment must not make the account less than exact here.
  slowLedgerMs: 60_000,
  directory,
  lanes: ["a", "b"],
  clock: hastyClock,
  ...(mode === "fill-small-disk" ? { fs: smallDisk() } : {}),
  segmentBytes: 64 * 1024,
  groupCommitMs: 1,
  onWatermark: ({ spooled }) => say(`spooled ${spooled}`),
  onStateChange: ({ state, code }) => say(`state ${state} ${code ?? ""}`),
});

/** Of these a third are holes, which still fit into a ledger slot, however late the kill comes. */
const MAX_RECORDS = 4_500;

/** Appends until it is killed, settles a third of it: for the kill loop. */
async function appendForEver(): Promise<void> {
  const prompt = { byteLength: 2_000, bytes: () => Buffer.alloc(2_000, 120), blobs: [] };
  setInterval(() => {}, 60_000);
  while (spool.watermarks.captured < MAX_RECORDS) {
    for (let left = 20; left > 0; left -= 1) {
      const seq = spool.append({ head: Buffer.from(`record ${spool.watermarks.captured + 1}`), blobs: [prompt] });
      spool.writeLedger();
      if (seq % 3 === 0) spool.settle("a", seq);
      if (seq % 3 === 0) spool.writeLedger();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Appends until the disk refuses; then settles everything, so that the disk has room again, and appends once more what
 * was refused.
 */
async function fill(): Promise<void> {
  const head = Buffer.alloc(4_000, 120);
  while (spool.state !== "memory") {
    spool.append({ head, blobs: [] });
    await spool.whenSpooled(0);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const refused = { head: Buffer.from("refused before"), blobs: [] };
  say(`refused ${spool.append(refused)}`);
  for (let seq = 1; seq <= spool.watermarks.captured; seq += 1) {
    spool.settle("a", seq);
    spool.settle("b", seq);
  }
  const isBack = () => spool.state === "disk";
  while (!isBack()) await new Promise((resolve) => setTimeout(resolve, 5));
  say(`again ${await spool.whenSpooled(spool.append(refused))}`);
  setInterval(() => undefined, 60_000);
}

/** Says which dead incarnations it adopted, and waits. */
async function adopt(): Promise<void> {
  const { orphans } = await spool.adopt();
  for (const { id } of orphans) say(`adopted ${id}`);
  say("done");
  setInterval(() => undefined, 60_000);
}

/** Ends within the turn of its last record, as `process.exit` right after a span does. */
function exitAtOnce(): void {
  for (let count = 1; count <= 100; count += 1) spool.append({ head: Buffer.from(`record ${count}`), blobs: [] });
  process.on("exit", () => say(`flushed ${spool.flushSync()} ${spool.watermarks.spooled}`));
  process.exit(0);
}

/** Every file that the limit allows is taken, then given back. */
async function starve(): Promise<void> {
  const { closeSync, openSync } = await import("node:fs");
  await spool.opened;
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    say(`starved ${taken.length}`);
  }
  spool.append({ head: Buffer.from("record 1"), blobs: [] });
  while (spool.state !== "memory") await new Promise((resolve) => setTimeout(resolve, 5));
  for (const fd of taken) closeSync(fd);
}

if (mode === "append") await appendForEver();
if (mode === "fill" || mode === "fill-small-disk") await fill();
if (mode === "adopt") await adopt();
if (mode === "exit") exitAtOnce();
if (mode === "starve") await starve();
if (mode === "append-as-nobody") {
  await spool.opened;
  say(`answer ${spool.append({ head: Buffer.from("x"), blobs: [] })}`);
  process.exit(0);
}
