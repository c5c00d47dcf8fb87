/** The account across processes that are killed one after the other on the same spool. */
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as elapsed } from "node:timers/promises";
import { never, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import { Tracer } from "../../recording/tracer.ts";
import type { TracerOptions } from "../../recording/tracer-options.ts";
import { readSpoolAccounts } from "../../spool/index.ts";

const BUSY: ExportOutcome = { kind: "busy", reason: "503" };
const NOBODY = "0".repeat(32);
let folder = "";
let generation = 0;
const living: Tracer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-generations-"));
});
afterEach(async () => {
  for (const tracer of living.splice(0)) await tracer.shutdown({ timeoutMs: 0 });
  rmSync(folder, { recursive: true, force: true });
});

function tracerOn(
  directory: string,
  answer: ConstructorParameters<typeof RecordingExporter>[1],
  options: Partial<TracerOptions> = {},
) {
  const exporter = new RecordingExporter("back end", answer);
  const logger = new RecordingLogger();
  const tracer = new Tracer({
    exporters: [exporter],
    spool: { directory },
    logger,
    batch: { lingerMs: 0 },
    ...options,
  });
  living.push(tracer);
  return { tracer, exporter, logger, lane: () => tracer.stats().lanes["back end"]! };
}

/** What a kill at this moment leaves on disk, free for anybody to adopt. */
function leftByAKill(directory: string): string {
  generation += 1;
  const copy = join(folder, `generation-${generation}`);
  cpSync(directory, copy, { recursive: true });
  for (const name of readdirSync(copy)) renameSync(join(copy, name), join(copy, `${name.split("~")[0]}~${NOBODY}`));
  return copy;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await elapsed(2);
}

const droppedOnDisk = async (directory: string) =>
  (await readSpoolAccounts(directory)).flatMap(({ lanes }) => lanes).reduce((sum, { dropped }) => sum + dropped, 0);

const refuse =
  (...names: string[]) =>
  (batch: readonly { readonly id: string; readonly name: string }[]): ExportOutcome => ({
    kind: "partial",
    rejected: batch.filter(({ name }) => names.includes(name)).map(({ id }) => ({ id, reason: "no" })),
  });

async function firstLife(names: readonly string[]): Promise<string> {
  const directory = join(folder, "first");
  const { tracer } = tracerOn(directory, () => BUSY);
  for (const name of names) tracer.startTrace().startSpan(name).end();
  await tracer.flush({ until: "spooled" });
  return leftByAKill(directory);
}

test("what a process adopted and dropped is in the account of the next one when it is killed too", async () => {
  const directory = await firstLife(["a", "b", "c"]);
  const second = tracerOn(directory, (batch) => refuse("a", "b")(batch));
  using _ = watchLedger(second.tracer);
  expect(await second.tracer.flush()).toMatchObject({ timedOut: false });
  expect(second.lane()).toMatchObject({ delivered: 1, dropped: { rejected: 2 }, inherited: { dropped: 0 } });
  await until(async () => (await droppedOnDisk(directory)) === 2);

  const third = tracerOn(leftByAKill(directory), () => ({ kind: "delivered" }));
  await third.tracer.flush();
  expect(third.lane()).toMatchObject({ recovered: 0, delivered: 0, inherited: { dropped: 2, maybeDelivered: 0 } });
  expect(third.logger.lines.join()).toContain("had lost 2 records");

  const fourth = tracerOn(leftByAKill(join(folder, `generation-${generation}`)), () => ({ kind: "delivered" }));
  await fourth.tracer.flush();
  expect(fourth.lane().inherited, "it was killed before it could tell").toEqual({ dropped: 2, maybeDelivered: 0 });
});

test("a process that ends in order tells of all losses, its own and those before it, once", async () => {
  const directory = await firstLife(["a", "b"]);
  const second = tracerOn(directory, (batch) => refuse("a")(batch));
  await second.tracer.flush();
  await until(async () => (await droppedOnDisk(directory)) === 1);
  const left = leftByAKill(directory);
  const third = tracerOn(left, () => ({ kind: "delivered" }));
  const { lanes } = await third.tracer.shutdown();
  expect(lanes["back end"]).toMatchObject({ inherited: { dropped: 1 } });
  expect(readdirSync(left)).toEqual([]);
  const fourth = tracerOn(left, () => ({ kind: "delivered" }));
  await fourth.tracer.flush();
  expect(fourth.lane().inherited).toEqual({ dropped: 0, maybeDelivered: 0 });
});

test("what was under way at a kill may have been delivered, and what was not under way was not", async () => {
  const directory = join(folder, "first");
  const one = { batch: { lingerMs: 0, maxRecords: 1 }, delivery: { concurrency: 1 } };
  const first = tracerOn(directory, never, one);
  for (const name of ["sent", "waits", "waits too"]) first.tracer.startTrace().startSpan(name).end();
  await first.tracer.flush({ until: "spooled" });
  await until(() => first.exporter.batches.length === 1);
  const second = tracerOn(leftByAKill(directory), (batch) => refuse("sent", "waits", "waits too")(batch));
  await second.tracer.flush();
  expect(second.lane()).toMatchObject({ recovered: 3, dropped: { rejected: 3 }, maybeDelivered: 1 });
});

test("what an adopter had under way at its kill may have been delivered", async () => {
  const directory = await firstLife(["a", "b"]);
  const second = tracerOn(directory, never);
  await until(() => second.exporter.batches.length === 1);
  const third = tracerOn(leftByAKill(directory), (batch) => refuse("a", "b")(batch));
  await third.tracer.flush();
  expect(third.lane()).toMatchObject({ dropped: { rejected: 2 }, maybeDelivered: 2 });
});

test("what a back end took or refused for certain before a kill is in no doubt", async () => {
  const directory = await firstLife(["busy"]);
  const second = tracerOn(directory, (batch) => refuse("busy")(batch));
  await second.tracer.flush();
  expect(second.lane()).toMatchObject({ dropped: { rejected: 1 }, maybeDelivered: 0 });
});

test("a span that ends while the spool loads is not marked as open at shutdown", async () => {
  const { tracer, exporter } = tracerOn(join(folder, "late"), () => ({ kind: "delivered" }));
  const span = tracer.startTrace().startSpan("late");
  const done = tracer.shutdown();
  span.end();
  expect(await done).toMatchObject({ ok: true });
  expect(exporter.named("late")).toMatchObject({ phase: "ended" });
  expect(exporter.snapshots.map(({ data }) => data)).not.toContainEqual({ "everspan.open_at_shutdown": true });
});

test("a START that would come to lie behind its END is not carried over: the next start would take the span for open", async () => {
  const directory = join(folder, "first");
  const held: (() => void)[] = [];
  const first = tracerOn(
    directory,
    async ([snapshot]) => {
      if (snapshot!.name === "long" || snapshot!.name === "kept") return never();
      if (snapshot!.name === "later") await new Promise<void>((resolve) => held.push(resolve));
      return { kind: "delivered" };
    },
    { batch: { lingerMs: 0, maxRecords: 1 }, delivery: { concurrency: 40, maxConcurrency: 40 } },
  );
  const segments = () => readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith(".seg"));
  let texts = 0;
  /** Half a megabyte that nothing else shares. */
  const fill = async (name: string) => {
    const input = Array.from({ length: 10 }, () => `${++texts} ${"x".repeat(50_000)}`);
    first.tracer.startTrace().startSpan(name, { input }).end();
    await first.tracer.flush({ until: "spooled" });
  };
  const fillSegment = async (name: string) => {
    for (const before = segments().length; segments().length === before; ) await fill(name);
  };

  const span = first.tracer.startTrace().startSpan("long");
  await first.tracer.flush({ until: "spooled" });
  await until(() => first.exporter.named("long") !== undefined);
  await fillSegment("later");
  span.output = "the answer";
  span.end();
  await fill("kept");
  // All but the START leaves the first segment, the second one stays full.
  await until(() => held.length > 10);
  for (const resolve of held.splice(0)) resolve();
  await until(() => first.lane().delivered > 10 && first.lane().pending.queued < 2);
  await fillSegment("kept");
  await first.tracer.flush({ until: "spooled" });

  const second = tracerOn(leftByAKill(directory), () => ({ kind: "delivered" }));
  expect(await second.tracer.flush()).toMatchObject({ ok: true });
  const ends = second.exporter.snapshots.filter(({ name }) => name === "long");
  expect(ends).toMatchObject([{ phase: "ended", output: "the answer", status: "OK" }]);
});
