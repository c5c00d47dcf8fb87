/**
 * Spans that come in pieces, to several collectors at the same time. Each piece is stored first, then all that are stored
 * are read and joined; so of two collectors at least the one that reads later sees both, and its span, made of more
 * pieces, has the higher revision.
 */
import {
  contentHash,
  encodeJson,
  joinPieces,
  parseJsonNumbers,
  type SpanSnapshot,
  snapshotOfStored,
  spanKey,
} from "@everspan/protocol";
import type { BlockQueue } from "./block-queue.ts";
import { type ClickHouseClient, listOf } from "./client.ts";
import { groupBy } from "./group-by.ts";
import type { SpanReader } from "./span-reader.ts";
import { wellFormed } from "./span-rows.ts";

interface PieceRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly snapshot: string;
}

export interface PieceParts {
  readonly client: ClickHouseClient;
  readonly queue: BlockQueue;
  readonly reader: SpanReader;
}

/** Stores the pieces. @returns the spans that they make with all that is known, without those that stay as they are */
export async function joinStoredPieces(
  { client, queue, reader }: PieceParts,
  project: string,
  snapshots: readonly SpanSnapshot[],
  arrived: number,
): Promise<SpanSnapshot[]> {
  await queue.add({ pieces: snapshots.map((snapshot) => pieceLine(project, snapshot, arrived)) });
  const rows = await client.query<PieceRow>(
    `SELECT trace_id, span_id, snapshot FROM pieces WHERE project = {project:String}
     AND trace_id IN ${listOf("traces")} AND span_id IN ${listOf("spans")} LIMIT 1 BY trace_id, span_id, piece`,
    {
      project,
      traces: JSON.stringify([...new Set(snapshots.map(({ traceId }) => wellFormed(traceId)))]),
      spans: JSON.stringify([...new Set(snapshots.map(({ id }) => wellFormed(id)))]),
    },
  );
  const wanted = groupBy(snapshots, ({ traceId, id }) => spanKey(wellFormed(traceId), wellFormed(id)));
  const pieces = groupBy(rows, ({ trace_id, span_id }) => spanKey(trace_id, span_id));
  const joined: SpanSnapshot[] = [];
  for (const key of wanted.keys()) {
    const own = (pieces.get(key) ?? []).map((row) => parseJsonNumbers(row.snapshot) as SpanSnapshot);
    const [first, ...rest] = own.length > 0 ? own : wanted.get(key)!;
    const stored = await reader.getSpan(project, first!.traceId, first!.id);
    const standing = stored === undefined ? undefined : snapshotOfStored(stored);
    const all = [...rest, ...(standing === undefined ? [] : [standing])].reduce(joinPieces, first!);
    const atLeast = all.revision + own.length;
    if (standing !== undefined && isSame(all, standing) && standing.revision >= atLeast) continue;
    joined.push({ ...all, revision: Math.max(atLeast, standing === undefined ? 0 : standing.revision + 1) });
  }
  return joined;
}

function isSame(a: SpanSnapshot, b: SpanSnapshot): boolean {
  return contentHash({ ...a, revision: 0 }) === contentHash({ ...b, revision: 0 });
}

function pieceLine(project: string, snapshot: SpanSnapshot, arrived: number): string {
  return JSON.stringify({
    project,
    trace_id: wellFormed(snapshot.traceId),
    span_id: wellFormed(snapshot.id),
    piece: BigInt(`0x${contentHash(snapshot)}`).toString(),
    arrived,
    snapshot: encodeJson(snapshot),
  });
}
