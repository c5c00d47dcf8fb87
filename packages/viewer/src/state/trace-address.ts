/** What is seen of one trace, as an address and back: `/traces/<traceId>?span=<id>&tab=<tab>&find=<text>&zoom=<id>`. */
import { DETAIL_TABS, type DetailTab } from "../model/detail-tab.ts";
import { ALL_OPEN, type Fold } from "../model/fold.ts";

export interface TraceView {
  readonly traceId: string;
  readonly spanId: string | null;
  /** Null: the tab that suits the span. */
  readonly tab: DetailTab | null;
  readonly find: string;
  /** The span whose time fills the waterfall; null: the whole trace. */
  readonly zoomId: string | null;
  readonly fold: Fold;
}

/** Beyond this a link would be refused by servers and mail programs; what doesn't fit is shown open. */
const MAX_FOLD_LENGTH = 1800;
const PATH = /^\/traces\/([^/]+)\/?$/;

export function readTraceAddress(url: URL): TraceView | null {
  const traceId = decoded(PATH.exec(url.pathname)?.[1]);
  if (traceId === null) return null;
  const query = url.searchParams;
  const tab = query.get("tab");
  const toggled = new Set(query.getAll("fold"));
  return {
    traceId,
    spanId: query.get("span"),
    tab: DETAIL_TABS.find((known) => known === tab) ?? null,
    find: query.get("find") ?? "",
    zoomId: query.get("zoom"),
    fold: { base: query.get("folded") === "all" ? "folded" : ALL_OPEN.base, toggled },
  };
}

export function traceAddress(view: Partial<TraceView> & { readonly traceId: string }): string {
  const query = new URLSearchParams();
  if (view.spanId) query.set("span", view.spanId);
  if (view.tab) query.set("tab", view.tab);
  if (view.find) query.set("find", view.find);
  if (view.zoomId) query.set("zoom", view.zoomId);
  if (view.fold?.base === "folded") query.set("folded", "all");
  let length = 0;
  for (const id of view.fold?.toggled ?? []) {
    length += encodeURIComponent(id).length + 6;
    if (length <= MAX_FOLD_LENGTH) query.append("fold", id);
  }
  const text = query.toString();
  return `/traces/${encodeURIComponent(view.traceId)}${text === "" ? "" : `?${text}`}`;
}

function decoded(segment: string | undefined): string | null {
  if (segment === undefined) return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
