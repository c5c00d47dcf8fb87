/** What a trace's reader should know of the processes that recorded it: who is silent, who is gone, what they lost. */
import { dropReasonWords, type ProducerSummary } from "@everspan/protocol";
import { formatAgo, formatExactCount, plural } from "../text/format.ts";
import { singleLine } from "../text/hostile-text.ts";
import { instantMs } from "../text/instant.ts";

export interface ProducerNote {
  readonly id: string;
  readonly kind: "stalled" | "lost" | "dropped";
  readonly text: string;
}

/**
 * Losses first, since nothing brings them back; of running processes without losses nothing is said.
 * @param openIds the producers of spans that have not ended: the silence of others is no news to this trace
 */
export function producerNotes(
  producers: readonly ProducerSummary[],
  openIds: ReadonlySet<string | undefined>,
  nowMs: number,
): ProducerNote[] {
  const losses = producers.flatMap((producer) => {
    const text = lossText(producer);
    return text === undefined ? [] : [{ id: producer.id, kind: "dropped" as const, text }];
  });
  const silences = producers.flatMap((producer) => {
    const { id, state } = producer;
    if (!openIds.has(id)) return [];
    return state === "stalled" || state === "lost" ? [{ id, kind: state, text: silenceText(producer, nowMs) }] : [];
  });
  return [...losses, ...silences];
}

function lossText(producer: ProducerSummary): string | undefined {
  const reasons = Object.entries(producer.ledger?.dropped ?? {}).sort(([, a], [, b]) => b - a);
  const [first, ...others] = reasons;
  if (first === undefined) return undefined;
  const records = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why =
    others.length === 0
      ? dropReasonWords(first[0])
      : reasons.map(([reason, count]) => `${formatExactCount(count)} ${dropReasonWords(reason)}`).join(", ");
  return `${nameOf(producer)} dropped ${plural(records, "record")}${others.length === 0 ? " " : ": "}${singleLine(why, 400)}`;
}

/** What killed processes before it lost; they could not tell it themselves, and it concerns no run of this one. */
export function inheritedText({ ledger }: ProducerSummary): string | undefined {
  const { dropped = 0, maybeDelivered = 0 } = ledger?.inherited ?? {};
  if (dropped === 0) return undefined;
  const maybe = maybeDelivered === 0 ? "" : `, of which ${formatExactCount(maybeDelivered)} may have arrived`;
  return `${formatExactCount(dropped)} lost by killed processes before it on the same spool${maybe}`;
}

function silenceText(producer: ProducerSummary, nowMs: number): string {
  const seen = formatAgo(instantMs(producer.lastSeen), nowMs);
  const open = producer.openSpans > 0 ? ` with ${plural(producer.openSpans, "span")} open` : "";
  return `${nameOf(producer)} is ${producer.state}: last heard ${seen}${open}`;
}

/** As people look for it: the process id, and where. */
function nameOf({ service, pid, host }: ProducerSummary): string {
  const where = [pid === null ? "" : `pid ${pid}`, host === null ? "" : `on ${singleLine(host, 60)}`].filter(Boolean);
  const who = service === null ? "This process" : `The process of ${singleLine(service, 60)}`;
  return where.length === 0 ? who : `${who} (${where.join(" ")})`;
}
