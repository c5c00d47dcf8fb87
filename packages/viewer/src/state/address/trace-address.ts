/**
 * What is seen of one trace, as an address and back:
 * `/traces/<traceId>?view=<lens>&span=<id>&part=<part>&find=<text>&time=<from>-<to>&hide=<kind>`.
 */

import type { TimeRange } from "../../model/timeline/time-axis.ts";
import { ALL_OPEN, type Fold } from "../../model/trace/fold.ts";
import { SPAN_KINDS, type SpanKind } from "../../model/trace/span-kind.ts";

/** The ways of looking at one run. */
export const LENSES = ["story", "timeline", "table"] as const;
export type Lens = (typeof LENSES)[number];

/** The parts of a span that the inspector shows one below the other. */
export const PARTS = ["error", "input", "output", "data", "raw"] as const;
export type Part = (typeof PARTS)[number];

export interface TraceView {
  readonly traceId: string;
  /** Null: the one that suits the run. */
  readonly lens: Lens | null;
  readonly spanId: string | null;
  /** The part of the span that the inspector begins with; null: the first. */
  readonly part: Part | null;
  readonly find: string;
  /** Of the time line, in milliseconds after the run's start; null: the whole run. */
  readonly range: TimeRange | null;
  /** Kinds of span that the time line leaves out. */
  readonly hidden: ReadonlySet<SpanKind>;
  readonly fold: Fold;
}

export const WHOLE_TRACE: Omit<TraceView, "traceId"> = {
  lens: null,
  spanId: null,
  part: null,
  find: "",
  range: null,
  hidden: new Set(),
  fold: ALL_OPEN,
};

/** Beyond this a link would be refused by servers and mail programs; what doesn't fit is shown open. */
const MAX_FOLD_LENGTH = 1800;
const PATH = /^\/traces\/([^/]+)\/?$/;
const RANGE = /^(\d{1,15}(?:\.\d{1,3})?)-(\d{1,15}(?:\.\d{1,3})?)$/;

export function readTraceAddress(url: URL): TraceView | null {
  const traceId = decoded(PATH.exec(url.pathname)?.[1]);
  if (traceId === null) return null;
  const query = url.searchParams;
  const toggled = new Set(query.getAll("fold"));
  const hidden = query.getAll("hide");
  return {
    traceId,
    lens: oneOf(LENSES, query.get("view")),
    spanId: query.get("span"),
    part: oneOf(PARTS, query.get("part")),
    find: query.get("find") ?? "",
    range: readRange(query.get("time") ?? ""),
    hidden: new Set(SPAN_KINDS.filter((kind) => hidden.includes(kind))),
    fold: { base: query.get("folded") === "all" ? "folded" : ALL_OPEN.base, toggled },
  };
}

export function traceAddress(view: Partial<TraceView> & { readonly traceId: string }): string {
  const query = new URLSearchParams();
  if (view.lens) query.set("view", view.lens);
  if (view.spanId) query.set("span", view.spanId);
  if (view.part) query.set("part", view.part);
  if (view.find) query.set("find", view.find);
  if (view.range) query.set("time", `${rounded(view.range.fromMs)}-${rounded(view.range.toMs)}`);
  for (const kind of view.hidden ?? []) query.append("hide", kind);
  if (view.fold?.base === "folded") query.set("folded", "all");
  let length = 0;
  for (const id of view.fold?.toggled ?? []) {
    length += encodeURIComponent(id).length + 6;
    if (length <= MAX_FOLD_LENGTH) query.append("fold", id);
  }
  const text = query.toString();
  return `/traces/${encodeURIComponent(view.traceId)}${text === "" ? "" : `?${text}`}`;
}

function readRange(text: string): TimeRange | null {
  const match = RANGE.exec(text);
  if (match === null) return null;
  const [fromMs, toMs] = [Number(match[1]), Number(match[2])];
  return fromMs < toMs ? { fromMs, toMs } : null;
}

function rounded(ms: number): string {
  return String(Math.round(Math.max(0, ms) * 1000) / 1000);
}

function oneOf<T extends string>(known: readonly T[], value: string | null): T | null {
  return known.find((item) => item === value) ?? null;
}

function decoded(segment: string | undefined): string | null {
  if (segment === undefined) return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
