/** The store's methods as calls: arguments and results are bytes, errors are those of the contract. */
import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { restoreNumbers, type SpanSnapshot } from "@everspan/protocol";
import type { TraceStore } from "../store/trace-store.ts";

/** Those that change something: answered by the writer. */
export const WRITE_METHODS = ["write", "report", "setProducerState", "deleteTraces", "pin", "expire"] as const;

/** Those that only look: answered by any reader. */
export const READ_METHODS = [
  ...["listTraces", "readTrace", "getSpan", "readSpan", "findSpan", "listSpans", "searchSpans", "stats"],
  ...["facets", "searchText", "aggregates", "listSessions"],
  ...["getProducer", "listProducers", "openTraceIds", "producersOf"],
] as const;

const METHODS: ReadonlySet<string> = new Set([...WRITE_METHODS, ...READ_METHODS]);

/** The first half of a patch: the span as it stands. */
export const LOOK = "patch.look";
/** The second half: what the change made of it, written if it still stands as it was looked at. */
export const CHANGE = "patch.change";

/** `undefined`: no such span; `changed` false: it is another by now. */
export type ChangeOutcome = { readonly changed: boolean; readonly span?: unknown } | undefined;

export function encodeValues(value: unknown): Buffer {
  return serialize(value);
}

export function decodeValues(bytes: Uint8Array): unknown {
  return bytes.byteLength === 0 ? undefined : restoreNumbers(deserialize(bytes) as unknown);
}

/** @throws what the store throws */
export async function callStore(store: TraceStore, method: string, args: readonly unknown[]): Promise<unknown> {
  if (method === LOOK) return look(store, ...(args as [string, string]));
  if (method === CHANGE) return change(store, ...(args as [string, string, SpanSnapshot, SpanSnapshot]));
  if (!METHODS.has(method)) throw new Error(`the store has no method ${method} to call`);
  const call = Reflect.get(store, method) as (...args: readonly unknown[]) => Promise<unknown>;
  return call.apply(store, args as unknown[]);
}

class Seen extends Error {}

async function look(store: TraceStore, project: string, spanId: string): Promise<SpanSnapshot | undefined> {
  let seen: SpanSnapshot | undefined;
  const stop = (current: SpanSnapshot): never => {
    seen = current;
    throw new Seen();
  };
  await store.patch(project, spanId, stop).catch((error: unknown) => {
    if (!(error instanceof Seen)) throw error;
  });
  return seen;
}

async function change(
  store: TraceStore,
  project: string,
  spanId: string,
  before: SpanSnapshot,
  after: SpanSnapshot,
): Promise<ChangeOutcome> {
  try {
    const span = await store.patch(project, spanId, (current) => {
      if (!isDeepStrictEqual(current, before)) throw new Seen();
      return after;
    });
    return span === undefined ? undefined : { changed: true, span };
  } catch (error) {
    if (error instanceof Seen) return { changed: false };
    throw error;
  }
}
