/**
 * Removes traces whole, from every table, and leaves a tombstone: whoever writes for such a trace within a week is told
 * that it is superseded, and whatever comes past that is not summed up, so it is in no answer.
 */
import type { DeletionResponse } from "@everspan/protocol";
import type { DeletionQuery, RetentionPolicy } from "../store-queries.ts";
import type { BlockQueue } from "./block-queue.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import { groupBy } from "./group-by.ts";
import { TRACE_TABLES } from "./schema.ts";
import { markText } from "./trace-sealer.ts";

export const TOMBSTONE_LIFE_MS = 7 * 86_400_000;
/** Beyond the newest arrival the clock is not believed: one that jumped must not retire what was stored yesterday. */
const MAX_CLOCK_LEAD_MS = 86_400_000;
/** Traces that go in one mutation: each rewrites the parts that it touches. */
const TRACES_AT_ONCE = 1000;

interface Removed {
  readonly project: string;
  readonly trace_id: string;
  readonly span_count: number;
}

export interface RemoverParts {
  readonly client: ClickHouseClient;
  readonly queue: BlockQueue;
  readonly nowMs: () => number;
}

export class TraceRemover {
  readonly #parts: RemoverParts;

  constructor(parts: RemoverParts) {
    this.#parts = parts;
  }

  async delete(project: string, query: DeletionQuery): Promise<DeletionResponse> {
    const { client } = this.#parts;
    const condition = "traceIds" in query ? `trace_id IN ${listOf("values")}` : `hasAny(marks, ${listOf("values")})`;
    const values =
      "traceIds" in query
        ? query.traceIds
        : [markText("session" in query ? "session" : "user", "session" in query ? query.session : query.user)];
    let [deletedTraces, deletedSpans] = [0, 0];
    for (;;) {
      const found = await client.query<Removed>(
        `SELECT project, trace_id, span_count FROM seals FINAL WHERE project = {project:String} AND ${condition}
         LIMIT ${TRACES_AT_ONCE}`,
        { project, values: JSON.stringify(values) },
      );
      await this.#remove(found);
      deletedTraces += found.length;
      deletedSpans += found.reduce((sum, { span_count }) => sum + span_count, 0);
      if (found.length < TRACES_AT_ONCE) return { deletedTraces, deletedSpans };
    }
  }

  /** @param storedBytes of the medium in use */
  async expire(
    { nowMs, maxAgeMs, maxBytes }: RetentionPolicy,
    storedBytes: () => Promise<number>,
  ): Promise<{ readonly deletedTraces: number; readonly hasMore: boolean }> {
    if (maxAgeMs !== undefined) {
      const due = await this.#due(nowMs, maxAgeMs);
      if (due.length > 0) {
        await this.#remove(due);
        return { deletedTraces: due.length, hasMore: due.length === TRACES_AT_ONCE };
      }
    }
    if (maxBytes === undefined || (await storedBytes()) <= maxBytes) return { deletedTraces: 0, hasMore: false };
    const oldest = await this.#oldest("1", {});
    await this.#remove(oldest);
    return { deletedTraces: oldest.length, hasMore: oldest.length > 0 };
  }

  async #due(nowMs: number, maxAgeMs: number): Promise<Removed[]> {
    const rows = await this.#parts.client.query<{ newest: number; traces: number }>(
      "SELECT max(revision) AS newest, count() AS traces FROM seals",
    );
    const newestMs = (rows[0]?.newest ?? 0) / 1000;
    const believedMs = rows[0]?.traces ? Math.min(nowMs, newestMs + MAX_CLOCK_LEAD_MS) : nowMs;
    return this.#oldest("revision < {before:Int64}", { before: Math.floor((believedMs - maxAgeMs) * 1000) });
  }

  /** Those to which nothing was added for longest, that nobody holds. */
  #oldest(condition: string, parameters: Record<string, number>): Promise<Removed[]> {
    return this.#parts.client.query<Removed>(
      `SELECT project, trace_id, span_count FROM seals FINAL WHERE is_pinned = 0 AND is_held = 0 AND ${condition}
       ORDER BY revision LIMIT ${TRACES_AT_ONCE}`,
      parameters,
    );
  }

  async #remove(traces: readonly Removed[]): Promise<void> {
    const { client, queue, nowMs } = this.#parts;
    const untilMs = Math.round(nowMs()) + TOMBSTONE_LIFE_MS;
    // Before anything goes: from here on nothing is added.
    await queue.add({
      tombstones: traces.map(({ project, trace_id }) => JSON.stringify({ project, trace_id, until_ms: untilMs })),
    });
    const { cluster } = client.address;
    for (const [project, of] of groupBy(traces, (trace) => trace.project)) {
      const parameters = { project, ids: JSON.stringify(of.map((trace) => trace.trace_id)) };
      for (const table of TRACE_TABLES) {
        // The parts that held them are written anew; 2: on every replica.
        await client.command(
          `ALTER TABLE ${table}${cluster === undefined ? "" : ` ON CLUSTER ${cluster}`}
           DELETE WHERE project = {project:String} AND has(${listOf("ids")}, trace_id)`,
          parameters,
          { mutations_sync: "2" },
        );
      }
    }
  }
}
