/**
 * Several collectors before a replicated store, in a model: the rows of each replica, which lag behind one another, go
 * away and come back; collectors that die between two steps of a block; senders that repeat what nobody acknowledged. The
 * collectors' part is the real one: blobs and rows by `spanBatch`, versions, `BlockQueue`. Each seed is one history.
 */
import { mergeSnapshots, type SpanSnapshot } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import { Pricing } from "../../cost/pricing.ts";
import { StoreUnavailableError } from "../store-errors.ts";
import { snapshot } from "../trace-store.contract.ts";
import { BlockQueue, type BlockTarget } from "./block-queue.ts";
import { joinNamed } from "./named-blobs.ts";
import { StoredNames, spanBatch } from "./span-batch.ts";
import { FirstSaid } from "./span-words.ts";

const SEEDS = Number(process.env.CLUSTER_SEEDS ?? 40);
const REPLICAS = 3;
const QUORUM = 2;

/** Draws that a seed decides (mulberry32). */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Row {
  readonly table: string;
  readonly line: string;
}

type Draw = (below: number) => number;

/** What is planted to see that the simulation sees it. */
type Fault = "acknowledges without a quorum" | "the last row stands" | "spans before their blobs";

class Replica {
  isUp = true;
}

/** One shard: a log that replicas fetch in their own time, as replicated tables do. */
class Shard {
  readonly replicas = Array.from({ length: REPLICAS }, () => new Replica());
  readonly #log: { readonly rows: readonly Row[]; readonly holders: Set<Replica> }[] = [];
  readonly #draw: Draw;
  readonly #fault: Fault | undefined;
  #hasLost = false;

  constructor(draw: Draw, fault: Fault | undefined) {
    this.#draw = draw;
    this.#fault = fault;
  }

  insert(table: string, lines: readonly string[]): void {
    const up = this.replicas.filter((replica) => replica.isUp);
    const [first] = up;
    if (first === undefined) throw new StoreUnavailableError("no replica is there");
    const rows = lines.map((line) => ({ table, line }));
    const entry = { rows, holders: new Set([first]) };
    this.#log.push(entry);
    if (this.#fault === "acknowledges without a quorum") return;
    if (up.length < QUORUM) throw new StoreUnavailableError("no quorum");
    entry.holders.add(up[1]!);
    // The answer may be lost on its way: it is there, and the sender does not know.
    if (this.#draw(8) === 0) throw new StoreUnavailableError("the answer was lost");
  }

  /** A replica's disk is lost, one in a history; it comes back empty and fetches what others have. */
  loseOnce(replica: Replica): void {
    if (this.#hasLost) return;
    this.#hasLost = true;
    for (const { holders } of this.#log) holders.delete(replica);
  }

  /** What is anywhere is everywhere, in an order of each replica's own. */
  settle(): Row[][] {
    const left = this.#log.filter(({ holders }) => holders.size > 0).map(({ rows }) => rows);
    return this.replicas.map(() => shuffled(left.flat(), this.#draw));
  }
}

function shuffled(rows: readonly Row[], draw: Draw): Row[] {
  const mixed = [...rows];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
}

class Collector {
  readonly #stored = new StoredNames();
  readonly #said = new FirstSaid();
  readonly #pricing = new Pricing();
  readonly #queue: BlockQueue;
  #clock = 0;

  constructor(target: BlockTarget) {
    this.#queue = new BlockQueue(target, 1000);
  }

  async write(snapshots: readonly SpanSnapshot[]): Promise<void> {
    this.#clock += 1;
    const { block, names } = spanBatch(snapshots, {
      project: "p",
      arrived: this.#clock,
      nowMs: this.#clock,
      pricing: this.#pricing,
      stored: this.#stored,
      said: this.#said,
      producerOf: () => "",
    });
    await this.#queue.add(block);
    this.#stored.add(names, this.#clock);
  }
}

interface History {
  readonly sent: SpanSnapshot[];
  readonly acknowledged: SpanSnapshot[];
  readonly replicas: Row[][];
}

async function play(seed: number, fault?: Fault): Promise<History> {
  const draw = drawing(seed);
  const shard = new Shard(draw, fault);
  const target: BlockTarget = {
    insert: async (table, rows) => {
      if (fault === "spans before their blobs" && table === "blobs" && draw(3) === 0) return;
      // A collector dies between two steps: its rest of the block never comes.
      if (draw(12) === 0) throw new StoreUnavailableError("the collector died");
      shard.insert(table, rows);
    },
  };
  const collectors = [new Collector(target), new Collector(target), new Collector(target)];
  const [sent, acknowledged]: SpanSnapshot[][] = [[], []];
  for (let step = 0; step < 40; step++) {
    const batch = Array.from({ length: 1 + draw(4) }, () => anySnapshot(draw));
    sent!.push(...batch);
    // The sender repeats, to any collector, until somebody acknowledges; or dies itself.
    for (let attempt = 0; attempt < 4; attempt++) {
      disturb(shard, collectors, target, draw);
      const isStored = await collectors[draw(3)]!.write(batch).then(
        () => true,
        () => false,
      );
      if (isStored) acknowledged!.push(...batch);
      if (isStored && draw(5) !== 0) break;
    }
  }
  return { sent: sent!, acknowledged: acknowledged!, replicas: shard.settle() };
}

/** At most one replica is lost for good, or away, at a time: more is beyond what a quorum of two promises. */
function disturb(shard: Shard, collectors: Collector[], target: BlockTarget, draw: Draw): void {
  const down = shard.replicas.filter((replica) => !replica.isUp);
  if (down.length > 0 && draw(2) === 0) for (const replica of down) replica.isUp = true;
  const [replica] = shuffledReplicas(shard, draw);
  if (draw(6) === 0) replica!.isUp = false;
  if (draw(60) === 0) for (const one of shard.replicas) one.isUp = false;
  if (draw(40) === 0) shard.loseOnce(replica!);
  if (draw(10) === 0) collectors[draw(3)] = new Collector(target);
}

function shuffledReplicas(shard: Shard, draw: Draw): Replica[] {
  const at = draw(REPLICAS);
  return [...shard.replicas.slice(at), ...shard.replicas.slice(0, at)];
}

function anySnapshot(draw: Draw): SpanSnapshot {
  return snapshot({
    id: `s${draw(6)}`,
    traceId: `t${draw(2)}`,
    phase: draw(2) === 0 ? "started" : "ended",
    revision: draw(4),
    name: `n${draw(3)}`,
    input: { history: `${"history ".repeat(60)}${draw(500)}` },
  });
}

interface Stored {
  readonly span_id: string;
  readonly trace_id: string;
  readonly version: string;
  readonly name: string;
  readonly revision: number;
  readonly input: string;
}

/** What a replica answers: of each key the greatest version, with its blobs put back. */
function answers(rows: readonly Row[], fault?: Fault): Map<string, string> {
  const standing = new Map<string, Stored>();
  const blobs = new Map<string, Map<string, string>>();
  for (const { table, line } of rows) {
    const row = JSON.parse(line) as Stored & { content: string };
    if (table === "blobs") {
      const ofTrace = blobs.get(row.trace_id) ?? new Map<string, string>();
      blobs.set(row.trace_id, ofTrace.set(row.name, row.content));
    }
    if (table !== "spans") continue;
    const key = `${row.trace_id}/${row.span_id}`;
    const other = standing.get(key);
    const isGreater = other === undefined || BigInt(row.version) > BigInt(other.version);
    if (isGreater || fault === "the last row stands") standing.set(key, row);
  }
  return new Map(
    Array.from(standing, ([key, { revision, name, input, trace_id }]) => {
      const payload = joinNamed(input, blobs.get(trace_id) ?? new Map());
      return [key, `${revision} ${name} ${payload ?? "a part is lost"}`];
    }),
  );
}

/** What is wrong with a history, in sentences. */
function violations({ sent, acknowledged, replicas }: History, fault?: Fault): string[] {
  const found: string[] = [];
  const [first, ...others] = replicas.map((rows) => answers(rows, fault));
  for (const other of others) {
    if (JSON.stringify([...other].sort()) !== JSON.stringify([...first!].sort())) found.push("replicas differ");
  }
  for (const [key, text] of first!) {
    // What was not acknowledged may be there, in any part; what stands is one of those that were sent, whole.
    const candidates = sent.filter((span) => `${span.traceId}/${span.id}` === key).map(said);
    if (!candidates.includes(text)) found.push(`${key} is none that was sent: ${text.slice(0, 60)}`);
  }
  const least = new Map<string, SpanSnapshot>();
  for (const span of acknowledged) {
    const key = `${span.traceId}/${span.id}`;
    least.set(key, mergeSnapshots(least.get(key), span).winner);
  }
  for (const [key, span] of least) {
    const standing = sent.find((one) => `${one.traceId}/${one.id}` === key && said(one) === first!.get(key));
    if (!first!.has(key)) found.push(`${key} was acknowledged and is lost`);
    else if (standing !== undefined && isOlder(first!.get(key)!, span, sent)) found.push(`${key} went back`);
  }
  return found;
}

/** Whether what stands is older than an acknowledged snapshot, whichever of the equal-looking sent ones it is. */
function isOlder(text: string, acknowledged: SpanSnapshot, sent: readonly SpanSnapshot[]): boolean {
  return sent
    .filter((span) => span.id === acknowledged.id && span.traceId === acknowledged.traceId && said(span) === text)
    .every((span) => mergeSnapshots(acknowledged, span).winner !== span && said(span) !== said(acknowledged));
}

function said({ revision, name, input }: SpanSnapshot): string {
  return `${revision} ${name} ${JSON.stringify(input)}`;
}

describe("collectors before a replicated store", () => {
  test("nothing acknowledged is lost, replicas agree, and what stands is what the merge rule says", async () => {
    let acknowledged = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const history = await play(seed);
      acknowledged += history.acknowledged.length;
      expect(violations(history), `seed ${seed}`).toEqual([]);
    }
    expect(acknowledged).toBeGreaterThan(SEEDS * 20);
  });

  test("one seed is one history", async () => {
    expect(await play(7)).toEqual(await play(7));
  });

  test.each<Fault>(["acknowledges without a quorum", "the last row stands", "spans before their blobs"])(
    "a store in which %s is caught",
    async (fault) => {
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS && found.length === 0; seed++) {
        found.push(...violations(await play(seed, fault), fault));
      }
      expect(found).not.toEqual([]);
    },
  );
});
