import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";
import { TOMBSTONE_LIFE_MS } from "./retention.ts";

const P = "project";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_AGE_MS = 30 * DAY_MS;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-retention-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function snapshot(traceId: string, id: string, revision: number, input: unknown): SpanSnapshot {
  return {
    phase: "ended",
    revision,
    traceId,
    id,
    name: "step",
    type: "CUSTOM",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    status: "OK",
    input: input as SpanSnapshot["input"],
  };
}

interface Kept {
  arrivedMs: number;
  isPinned: boolean;
  readonly payloads: Map<string, unknown>;
}

type Step =
  | { readonly do: "write"; readonly trace: number; readonly span: number; readonly isLarge: boolean }
  | { readonly do: "pin" | "unpin" | "delete"; readonly trace: number }
  | { readonly do: "clock"; readonly byMs: number }
  | { readonly do: "expire" | "slice" | "crash" | "settle" };

const trace = fc.integer({ min: 0, max: 5 });
const write = fc.record({
  do: fc.constant("write" as const),
  trace,
  span: fc.integer({ min: 0, max: 3 }),
  isLarge: fc.boolean(),
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: write },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("pin" as const, "unpin", "delete"), trace }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("clock" as const),
        byMs: fc.constantFrom(HOUR_MS, 12 * HOUR_MS, 20 * DAY_MS, 31 * DAY_MS, 400 * DAY_MS, -DAY_MS, -40 * DAY_MS),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("expire" as const, "slice", "crash", "settle") }) },
  ),
  { minLength: 5, maxLength: 40 },
);

/** A store and what it must hold, by the words of the contract alone. */
class Subject {
  #store: SqliteTraceStore;
  #path: string;
  #lives = 0;
  #nowMs = Date.UTC(2026, 0, 31);
  #revision = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #graves = new Map<string, number>();
  /** Graves that a pass may have forgotten, since what arrived says that their time is over: a clock set back is too late. */
  readonly #forgettable = new Set<string>();

  constructor() {
    this.#path = join(mkdtempSync(join(directory, "run-")), "everspan.db");
    this.#store = this.#open();
  }

  async take(step: Step): Promise<void> {
    for (const [traceId, untilMs] of this.#graves) if (untilMs < this.#believedMs()) this.#forgettable.add(traceId);
    if (step.do === "write") await this.#write(step);
    else if (step.do === "clock") this.#nowMs += step.byMs;
    else if (step.do === "pin" || step.do === "unpin") await this.#pin(`t${step.trace}`, step.do === "pin");
    else if (step.do === "delete") await this.#delete(`t${step.trace}`);
    else if (step.do === "settle") await this.#store.settle();
    else if (step.do === "crash") await this.#crash();
    else await this.#expire(step.do === "slice");
  }

  /** All that is kept is whole, and nothing else is there. */
  async check(): Promise<void> {
    const { traces } = await this.#store.listTraces(P, { limit: 100 });
    expect(traces.map(({ traceId }) => traceId).sort()).toEqual([...this.#kept.keys()].sort());
    let spans = 0;
    for (const [traceId, { payloads }] of this.#kept) {
      for (const [id, input] of payloads) {
        spans += 1;
        expect((await this.#store.getSpan(P, traceId, id))?.input).toEqual(input);
      }
    }
    expect(await this.#store.stats(P)).toMatchObject({ traces: this.#kept.size, spans });
    const window = { fromMicros: 0, toMicros: 4e15, bucket: "day" as const };
    const counted = (await this.#store.aggregates(P, window)).rows.reduce((sum, row) => sum + row.spanCount, 0);
    expect(counted).toBe(spans);
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async #write({ trace: number, span, isLarge }: Step & { do: "write" }): Promise<void> {
    const [traceId, id] = [`t${number}`, `s${span}`];
    const revision = ++this.#revision;
    const input = isLarge ? { text: `${revision} of ${traceId} `.repeat(60) } : { revision };
    const [verdict] = await this.#store.write(P, [snapshot(traceId, id, revision, input)]);
    if ((this.#graves.get(traceId) ?? 0) <= this.#nowMs) expect(verdict).toBe("stored-new");
    else if (!this.#forgettable.has(traceId)) expect(verdict).toBe("superseded");
    if (verdict === "superseded") return;
    const kept = this.#kept.get(traceId) ?? { arrivedMs: 0, isPinned: false, payloads: new Map() };
    kept.arrivedMs = this.#nowMs;
    kept.payloads.set(id, input);
    this.#kept.set(traceId, kept);
  }

  async #pin(traceId: string, isPinned: boolean): Promise<void> {
    const kept = this.#kept.get(traceId);
    expect(await this.#store.pin(P, traceId, isPinned)).toBe(kept !== undefined);
    if (kept !== undefined) kept.isPinned = isPinned;
  }

  async #delete(traceId: string): Promise<void> {
    const kept = this.#kept.get(traceId);
    expect(await this.#store.deleteTraces(P, { traceIds: [traceId] })).toEqual({
      deletedTraces: kept === undefined ? 0 : 1,
      deletedSpans: kept?.payloads.size ?? 0,
    });
    if (kept !== undefined) this.#bury(traceId);
  }

  /** After a whole pass; after a slice that was cut off only the first half is asked. */
  async #expire(isCutOff: boolean): Promise<void> {
    const believedMs = this.#believedMs();
    const policy = { nowMs: this.#nowMs, maxAgeMs: MAX_AGE_MS, sliceMs: isCutOff ? 0.01 : 10_000 };
    while ((await this.#store.expire(policy)).hasMore && !isCutOff) {
      // Each call is one slice.
    }
    const left = new Set((await this.#store.listTraces(P, { limit: 100 })).traces.map(({ traceId }) => traceId));
    for (const [traceId, { arrivedMs, isPinned }] of this.#kept) {
      const isOld = this.#nowMs - arrivedMs > MAX_AGE_MS && !isPinned;
      const isBelieved = believedMs - arrivedMs > MAX_AGE_MS;
      if (!isOld) expect(left).toContain(traceId);
      else if (isBelieved && !isCutOff) expect(left).not.toContain(traceId);
      if (!left.has(traceId)) this.#bury(traceId);
    }
  }

  /** A clock that ran ahead of all that arrived is believed a day beyond it. */
  #believedMs(): number {
    const newestMs = Math.max(...[...this.#kept.values()].map(({ arrivedMs }) => arrivedMs));
    return Math.min(this.#nowMs, newestMs + DAY_MS);
  }

  #bury(traceId: string): void {
    this.#kept.delete(traceId);
    this.#forgettable.delete(traceId);
    this.#graves.set(traceId, this.#nowMs + TOMBSTONE_LIFE_MS);
  }

  /** What a killed process leaves: its files as they are in the middle of whatever it does. */
  async #crash(): Promise<void> {
    const left = join(mkdtempSync(join(directory, `life-${this.#lives++}-`)), "everspan.db");
    for (const suffix of ["", "-wal"]) {
      if (existsSync(this.#path + suffix)) copyFileSync(this.#path + suffix, left + suffix);
    }
    await this.#store.close();
    this.#path = left;
    this.#store = this.#open();
  }

  #open(): SqliteTraceStore {
    return new SqliteTraceStore({ path: this.#path, nowMs: () => this.#nowMs });
  }
}

/** A clock that jumped a month ahead and was set right forgot what had been deleted: a late retry brought it back. */
const DELETED_BEFORE_A_JUMP: Step[] = [
  { do: "write", trace: 1, span: 0, isLarge: false },
  { do: "delete", trace: 1 },
  { do: "clock", byMs: 31 * DAY_MS },
  { do: "expire" },
  { do: "clock", byMs: -31 * DAY_MS },
  { do: "write", trace: 1, span: 0, isLarge: false },
];

test("S13 nothing younger than the limit or pinned is gone, nothing older is left, and every payload is whole", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const subject = new Subject();
      try {
        for (const step of sequence) {
          await subject.take(step);
          await subject.check();
        }
      } finally {
        await subject.close();
      }
    }),
    { numRuns: Number(process.env.RETENTION_RUNS ?? 25), examples: [[DELETED_BEFORE_A_JUMP]] },
  );
});

test("what a person deleted is in no file any more: payloads, words of the index, values, and the log", async () => {
  const path = join(directory, "everspan.db");
  const store = new SqliteTraceStore({ path });
  const secret = (label: string) => `zanzibar${label} `;
  for (let index = 0; index < 40; index++) {
    await store.write(P, [snapshot(`other-${index}`, "s", 1, { text: `common words of ${index} `.repeat(40) })]);
  }
  await store.write(P, [
    {
      ...snapshot("private", "s", 1, { small: secret("small"), large: secret("large").repeat(60) }),
      data: { user_id: "user-quisling", session_id: "session-quisling" },
    },
  ]);
  await store.settle();
  const inFiles = () =>
    readdirSync(directory)
      .map((name) => readFileSync(join(directory, name)).toString("latin1"))
      .flatMap((text) => text.match(/zanzibar\w*|quisling/g) ?? []);
  expect(inFiles()).not.toEqual([]);
  const found = () => store.searchText(P, { text: "zanzibarlarge", limit: 5 });
  expect((await found()).hits).toHaveLength(1);
  expect(await store.deleteTraces(P, { user: "user-quisling" })).toEqual({ deletedTraces: 1, deletedSpans: 1 });
  expect((await found()).hits).toEqual([]);
  expect(inFiles()).toEqual([]);
  expect((await store.stats(P)).traces).toBe(40);
  await store.close();
  expect(inFiles()).toEqual([]);
});
