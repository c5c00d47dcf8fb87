/** GenAI events among log records, as pieces of the spans that they name. */
import { OTEL_FIELDS_KEY, type OtlpLogRecord, type SpanSnapshot, snapshotOfPiece, spanKey } from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";

const GEN_AI_EVENT = /^gen_ai\./;
/** Under what the span itself says of its messages. */
const EVENT_STAMP = 0;

export function isGenAiEvent({ name }: OtlpLogRecord): boolean {
  return GEN_AI_EVENT.test(name);
}

/** @param now stands for the start of a span of which nothing else is known. RFC 3339 */
export function piecesOfLogs(events: readonly OtlpLogRecord[], now: string): readonly SpanSnapshot[] {
  return [...bySpan(events).values()].map((records) => pieceOf(records, now));
}

function bySpan(records: readonly OtlpLogRecord[]): ReadonlyMap<string, readonly OtlpLogRecord[]> {
  const groups = new Map<string, OtlpLogRecord[]>();
  for (const record of records) {
    const group = groups.get(keyOf(record));
    if (group === undefined) groups.set(keyOf(record), [record]);
    else group.push(record);
  }
  return groups;
}

function keyOf({ traceId, spanId }: OtlpLogRecord): string {
  return spanKey(traceId, spanId);
}

/** The events as they came, and the messages that they are: a span that has messages of its own keeps those. */
function pieceOf(records: readonly OtlpLogRecord[], now: string): SpanSnapshot {
  const { traceId, spanId } = records[0]!;
  const events = records.map(({ name, attributes, body }) => ({ name, attributes: { ...attributes, body } }));
  const { input, output } = normalizeSpan({ name: "", attributes: {}, events });
  const times = records.flatMap(({ time }) => (time === null ? [] : [time]));
  return snapshotOfPiece({
    traceId,
    id: spanId,
    guessedStart: times.sort()[0] ?? now,
    stamp: EVENT_STAMP,
    stated: { input, output },
    data: {
      [OTEL_FIELDS_KEY]: {
        logs: records.map(({ traceId: _trace, spanId: _span, ...record }) => record),
      },
    },
  });
}
