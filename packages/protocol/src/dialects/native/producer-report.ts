import { FieldReader } from "../../decoding/field-checks.ts";
import { definedOf } from "../../decoding/marker.ts";
import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { headOf } from "../../head-of.ts";
import { MAX_HEARTBEAT_MS } from "../../limits.ts";
import { isJsonObject } from "../../payload/json-object.ts";

/** What a producer says of itself with each batch and each heartbeat. See `docs/formats/native-batch.md`. */

/** One lane's account, by the names of the SDK's `stats()`. */
export interface ProducerLedger {
  readonly created: number;
  readonly recovered: number;
  readonly delivered: number;
  readonly coalesced: number;
  /** All records that wait or are under way. */
  readonly pending: number;
  readonly maybeDelivered: number;
  /** Records lost, by reason; reasons without any are left out. */
  readonly dropped: Readonly<Record<string, number>>;
  /**
   * What killed processes before it lost on the same spool; in none of its own figures. Until one of them ends in order
   * each tells it again, so it is no sum over processes. Left out when there is none.
   */
  readonly inherited?: InheritedLosses | undefined;
}

export interface InheritedLosses {
  readonly dropped: number;
  /** Of the dropped: how many an attempt without an answer may have delivered. */
  readonly maybeDelivered: number;
}

export interface ProducerReport {
  /** 128 random bits as hex: one lane of one SDK instance in one life of a process. */
  readonly id: string;
  /** Batches that were sent until now, this one included. Of two reports the higher is newer. */
  readonly batch: number;
  /** The highest number that a record has got; 0 before the first. */
  readonly lastSeq: number;
  readonly startedAt?: string;
  readonly pid?: number;
  readonly host?: string;
  /** How often it gives a sign of life while spans are open, in milliseconds; 0: never. */
  readonly heartbeatMs?: number;
  readonly openSpans?: number;
  readonly ledger?: ProducerLedger;
}

/** A sign of life, `POST /v1/everspan/heartbeat`; the final report when it is the last. */
export interface Heartbeat {
  readonly producer: ProducerReport;
  readonly final: boolean;
}

export type DecodedReport = { readonly ok: true; readonly report: ProducerReport } | Refusal;

const ID = /^[0-9a-f]{32}$/;
const REASON = /^[a-z][a-z_]{0,39}$/;
const MAX_REASONS = 32;
const MAX_HOST_CHARACTERS = 255;
const COUNTS = ["created", "recovered", "delivered", "coalesced", "pending", "maybeDelivered"] as const;

/** Its known fields only, or what is wrong with the first that is. Never throws. */
export function decodeProducerReport(value: unknown): DecodedReport {
  if (!isJsonObject(value)) return refuse(422, `producer must be an object, got ${kindOf(value)}`);
  const read = new FieldReader();
  const id = read.requiredText("producer.id", value.id);
  if (!ID.test(id)) read.fail(422, "producer.id must be 32 lowercase hex digits");
  const host = read.optionalText("producer.host", value.host);
  const report = definedOf<ProducerReport>({
    id,
    batch: readCount(read, "producer.batch", value.batch) ?? required(read, "producer.batch"),
    lastSeq: readCount(read, "producer.lastSeq", value.lastSeq) ?? required(read, "producer.lastSeq"),
    startedAt: read.optionalTime("producer.startedAt", value.startedAt),
    pid: readCount(read, "producer.pid", value.pid),
    host: host === undefined ? undefined : headOf(host, MAX_HOST_CHARACTERS),
    heartbeatMs: readCount(read, "producer.heartbeatMs", value.heartbeatMs, MAX_HEARTBEAT_MS),
    openSpans: readCount(read, "producer.openSpans", value.openSpans),
    ledger: readLedger(read, value.ledger),
  });
  return read.refusal ?? { ok: true, report };
}

/** A whole number from 0; absent and null are the same. */
export function readCount(
  read: FieldReader,
  name: string,
  value: unknown,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number;
  return read.fail(422, `${name} must be a whole number from 0 to ${most}`);
}

function required(read: FieldReader, name: string): number {
  read.fail(422, `${name} must be there`);
  return 0;
}

function readLedger(read: FieldReader, value: unknown): ProducerLedger | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return read.fail(422, `producer.ledger must be an object, got ${kindOf(value)}`);
  const counts = Object.fromEntries(
    COUNTS.map((name) => [name, readCount(read, `producer.ledger.${name}`, value[name]) ?? 0]),
  ) as Record<(typeof COUNTS)[number], number>;
  return { ...counts, dropped: readDropped(read, value.dropped), ...readInherited(read, value.inherited) };
}

function readInherited(read: FieldReader, value: unknown): Pick<ProducerLedger, "inherited"> {
  if (value === undefined || value === null) return {};
  const name = "producer.ledger.inherited";
  if (!isJsonObject(value)) {
    read.fail(422, `${name} must be an object, got ${kindOf(value)}`);
    return {};
  }
  const dropped = readCount(read, `${name}.dropped`, value.dropped) ?? 0;
  const maybeDelivered = readCount(read, `${name}.maybeDelivered`, value.maybeDelivered) ?? 0;
  return dropped + maybeDelivered === 0 ? {} : { inherited: { dropped, maybeDelivered } };
}

function readDropped(read: FieldReader, value: unknown): Record<string, number> {
  if (value === undefined || value === null) return {};
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (!isJsonObject(value) || entries.length > MAX_REASONS || entries.some(([reason]) => !REASON.test(reason))) {
    read.fail(422, `producer.ledger.dropped must be an object of at most ${MAX_REASONS} reasons`);
    return {};
  }
  return Object.fromEntries(
    entries
      .map(([reason, records]) => [reason, readCount(read, `producer.ledger.dropped.${reason}`, records) ?? 0] as const)
      .filter(([, records]) => records > 0),
  );
}
