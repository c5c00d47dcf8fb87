import { OTEL_FIELDS_KEY, PIECES_KEY } from "./attribute-names.ts";
import { canonicalEncode } from "./payload/canonical-encode.ts";
import { isJsonObject, setOwn } from "./payload/json-object.ts";
import { ENDED, STARTED } from "./revision.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";
import { DEFAULT_SPAN_TYPE } from "./span-type.ts";

/**
 * Spans that come in pieces: one request creates a span, another ends it, a third adds what was said. The pieces may
 * arrive in any order, more than once, and must end as the same span.
 *
 * A piece is a snapshot that says which of its fields it *states*, each with a *stamp*, in `data` under one reserved name.
 * What it does not state (a snapshot can't be without a name or a start) is a guess that any statement replaces. Of two
 * statements the one with the higher stamp stands; of two with equal stamps the greater text, so that the order of
 * arrival never decides. A snapshot that says nothing of this states all that it has.
 */
export type Stamps = Readonly<Record<string, number>>;

/** Fields of a snapshot that a piece may state; those of `data` are stated one by one, as `data.<key>`. */
const FIELDS = [
  "parentId",
  "taskId",
  "name",
  "type",
  "startTime",
  "endTime",
  "status",
  "error",
  "input",
  "output",
  "service",
  "obs",
] as const;
type Field = (typeof FIELDS)[number];
const DATA_PREFIX = "data.";
/** The stamps of what a whole snapshot states: what it says at its end is newer. */
const WHOLE = { started: 1, ended: 2 } as const;

/** What a dialect knows of a span from one request. */
export interface SpanPiece {
  readonly traceId: string;
  readonly id: string;
  /** Stands until somebody states one: a span can't be without a start. */
  readonly guessedStart: string;
  readonly stated: { readonly [F in Field]?: SpanSnapshot[F] | undefined };
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** Of two pieces that state one field, that with the higher stamp is right. */
  readonly stamp: number;
}

/** The piece as a snapshot, which a store joins with what it has of the span. */
export function snapshotOfPiece(piece: SpanPiece): SpanSnapshot {
  const fields: Record<string, unknown> = {};
  const stamps: Record<string, number> = {};
  for (const field of FIELDS) {
    const value = piece.stated[field];
    if (value === undefined) continue;
    fields[field] = value;
    stamps[field] = piece.stamp;
  }
  const data: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(piece.data ?? {})) {
    if (value === undefined || key === PIECES_KEY) continue;
    setOwn(data, key, value);
    setOwn(stamps, DATA_PREFIX + key, piece.stamp);
  }
  return complete(piece, fields, { ...data, [PIECES_KEY]: stamps }, piece.guessedStart);
}

/** The span that two of its snapshots make. Commutative, associative and idempotent. */
export function joinPieces(a: SpanSnapshot, b: SpanSnapshot): SpanSnapshot {
  const ofA = stampsOf(a);
  const ofB = stampsOf(b);
  const stamps: Record<string, number> = {};
  const fields: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const chosen = choose(field, a[field], ofA[field], b[field], ofB[field]);
    if (chosen === undefined) continue;
    fields[field] = chosen.value;
    stamps[field] = chosen.stamp;
  }
  const data = joinData(a.data ?? {}, ofA, b.data ?? {}, ofB, stamps);
  const isInPieces = [a, b].some((snapshot) => snapshot.data !== undefined && Object.hasOwn(snapshot.data, PIECES_KEY));
  if (isInPieces) data[PIECES_KEY] = stamps;
  // Of two guesses the earlier: a span began at the latest when it was first mentioned.
  return complete(a, fields, data, earlier(a.startTime, b.startTime));
}

interface Stated {
  readonly value: unknown;
  readonly stamp: number;
}

function choose(
  name: string,
  a: unknown,
  stampOfA: number | undefined,
  b: unknown,
  stampOfB: number | undefined,
): Stated | undefined {
  if (stampOfA === undefined || a === undefined) {
    return stampOfB === undefined || b === undefined ? undefined : { value: b, stamp: stampOfB };
  }
  if (stampOfB === undefined || b === undefined) return { value: a, stamp: stampOfA };
  if (name === DATA_PREFIX + OTEL_FIELDS_KEY) {
    return { value: joinOtelFields(a, stampOfA, b, stampOfB), stamp: Math.max(stampOfA, stampOfB) };
  }
  if (stampOfA !== stampOfB) return stampOfA > stampOfB ? { value: a, stamp: stampOfA } : { value: b, stamp: stampOfB };
  return { value: canonicalEncode(a) >= canonicalEncode(b) ? a : b, stamp: stampOfA };
}

function joinData(
  a: Readonly<Record<string, unknown>>,
  ofA: Stamps,
  b: Readonly<Record<string, unknown>>,
  ofB: Stamps,
  stamps: Record<string, number>,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (key === PIECES_KEY) continue;
    const name = DATA_PREFIX + key;
    const chosen = choose(name, own(a, key), own(ofA, name), own(b, key), own(ofB, name));
    if (chosen === undefined) continue;
    setOwn(data, key, chosen.value);
    setOwn(stamps, name, chosen.stamp);
  }
  return data;
}

/** Events come in several pieces: all of them stay, each once, in the order of their times. */
function joinOtelFields(a: unknown, stampOfA: number, b: unknown, stampOfB: number): unknown {
  if (!isJsonObject(a) || !isJsonObject(b)) return stampOfA >= stampOfB ? a : b;
  const isAFirst = stampOfA !== stampOfB ? stampOfA > stampOfB : canonicalEncode(a) >= canonicalEncode(b);
  const joined: Record<string, unknown> = isAFirst ? { ...b, ...a } : { ...a, ...b };
  for (const list of ["events", "logs"]) {
    const items = [a[list], b[list]].filter(Array.isArray).flat();
    if (items.length === 0) continue;
    const byText = new Map(items.map((item) => [`${timeOf(item)} ${canonicalEncode(item)}`, item]));
    joined[list] = [...byText.keys()].sort().map((text) => byText.get(text));
  }
  return joined;
}

function timeOf(item: unknown): string {
  return isJsonObject(item) && typeof item.time === "string" ? item.time : "";
}

function complete(
  { traceId, id }: Pick<SpanSnapshot, "traceId" | "id">,
  fields: Readonly<Record<string, unknown>>,
  data: Readonly<Record<string, unknown>>,
  guessedStart: string,
): SpanSnapshot {
  const stated = fields as { [F in Field]?: SpanSnapshot[F] };
  const startTime = stated.startTime ?? earlier(guessedStart, stated.endTime);
  const isEnded = stated.endTime !== undefined;
  return {
    ...stated,
    phase: isEnded ? "ended" : "started",
    revision: isEnded ? ENDED : STARTED,
    traceId,
    id,
    name: stated.name ?? "",
    type: stated.type ?? DEFAULT_SPAN_TYPE,
    startTime,
    // A span does not end before it starts.
    ...(isEnded && { endTime: later(startTime, stated.endTime!) }),
    status: stated.status ?? "OK",
    ...(Object.keys(data).length > 0 && { data }),
  };
}

function earlier(time: string, other: string | undefined): string {
  return other !== undefined && other < time ? other : time;
}

function later(time: string, other: string): string {
  return other > time ? other : time;
}

function stampsOf(snapshot: SpanSnapshot): Stamps {
  const stamps = own(snapshot.data ?? {}, PIECES_KEY);
  if (isJsonObject(stamps)) return stamps as unknown as Stamps;
  const whole: Record<string, number> = {};
  for (const field of FIELDS) if (snapshot[field] !== undefined) whole[field] = WHOLE[snapshot.phase];
  for (const key of Object.keys(snapshot.data ?? {})) setOwn(whole, DATA_PREFIX + key, WHOLE[snapshot.phase]);
  return whole;
}

function own<T>(holder: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}
