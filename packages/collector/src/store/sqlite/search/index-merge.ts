/**
 * Joins the segments of a full-text index. FTS5 adds a segment with each transaction and joins them by itself: a level of
 * the index within one insertion or one commit, so that a large index stops everybody for as long as that takes. Here it
 * is told to leave that alone, and does it in steps of a few pages, as work behind the writes.
 */
import type { Database, Statement } from "../schema/sqlite.ts";

/** Pages that one step writes: a millisecond or two. */
const MERGED_PAGES = 16;
/** Segments of one level at which FTS5 joins them nevertheless: questions look into each. FTS5's own default is 16. */
const CRISIS_SEGMENTS = 256;

export class IndexMerge {
  readonly #merge: Statement;
  readonly #changes: Statement;
  /** A segment may have come since the last step found nothing to do. */
  #isDue = true;

  /** @param table of the connection that writes */
  constructor(database: Database, table: "texts" | "trace_names") {
    this.#merge = database.prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`);
    this.#changes = database.prepare("SELECT total_changes() AS changes");
  }

  noteWrite(): void {
    this.#isDue = true;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  /** Joins until the deadline. Within a transaction. */
  some(deadlineMs: number): void {
    do {
      this.#isDue = this.step(MERGED_PAGES);
    } while (this.#isDue && performance.now() < deadlineMs);
  }

  /** @param pages as FTS5's `merge` takes them: a negative number begins with the whole index. @returns whether something was done */
  step(pages: number): boolean {
    const before = this.#totalChanges();
    this.#merge.run(pages);
    // One change is the command's own row.
    return this.#totalChanges() - before >= 2;
  }

  #totalChanges(): number {
    return (this.#changes.get() as { changes: number }).changes;
  }
}

/** Takes the joining of segments out of FTS5's hands. Kept in the file. */
export function mergeByHand(database: Database): void {
  for (const table of ["texts", "trace_names"]) {
    const kept = database.prepare(`SELECT v FROM ${table}_config WHERE k = 'crisismerge'`).get();
    if ((kept as { v: number } | undefined)?.v === CRISIS_SEGMENTS) continue;
    const set = database.prepare(`INSERT INTO ${table} (${table}, rank) VALUES (?, ?)`);
    set.run("automerge", 0);
    set.run("crisismerge", CRISIS_SEGMENTS);
  }
}
