import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { spanKey } from "../../ids.ts";
import { SGP_MAX_BATCH_ITEMS } from "../../limits.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import { fromSgpItem, type SgpItem, toSgpItem } from "./sgp.ts";

/** The body of `PUT` and `POST /v5/spans/batch`. The API takes all of a batch or nothing. */

export interface SgpBatch {
  readonly items: readonly SgpItem[];
}

export type DecodedSgpBatch = { readonly ok: true; readonly snapshots: readonly SpanSnapshot[] } | Refusal;

/** @param snapshots at most `SGP_MAX_BATCH_ITEMS` of them */
export function toSgpBatch(snapshots: readonly SpanSnapshot[]): SgpBatch {
  return { items: snapshots.map(toSgpItem) };
}

/** The batch's snapshots in its order, or why the whole of it is refused: one bad item is enough. */
export function fromSgpBatch(body: unknown): DecodedSgpBatch {
  const steps = sgpBatchSteps(body);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, left after each span for who has others to serve meanwhile. */
export function* sgpBatchSteps(body: unknown): Generator<undefined, DecodedSgpBatch> {
  const items = isJsonObject(body) ? body.items : undefined;
  if (!Array.isArray(items)) return refuse(422, `items must be an array, got ${kindOf(items)}`);
  if (items.length > SGP_MAX_BATCH_ITEMS) {
    return refuse(422, `items must have at most ${SGP_MAX_BATCH_ITEMS} spans, got ${items.length}`);
  }
  const snapshots: SpanSnapshot[] = [];
  for (const [index, item] of items.entries()) {
    const decoded = fromSgpItem(item);
    if (!decoded.ok) return refuse(decoded.status, `items[${index}]: ${decoded.message}`);
    snapshots.push(decoded.snapshot);
    yield;
  }
  return refuseTangledParents(snapshots) ?? { ok: true, snapshots };
}

/** A parent that the batch has only in another trace, or a cycle of parents: 409. */
function refuseTangledParents(snapshots: readonly SpanSnapshot[]): Refusal | undefined {
  if (snapshots.every(({ parentId }) => parentId === undefined)) return undefined;
  const parents = new Map<string, string | undefined>();
  const traceOfId = new Map<string, string>();
  for (const { traceId, id, parentId } of snapshots) {
    parents.set(spanKey(traceId, id), parentId);
    traceOfId.set(id, traceId);
  }
  const settled = new Set<string>();
  for (const [index, { traceId, id, parentId }] of snapshots.entries()) {
    if (parentId !== undefined && traceOfId.has(parentId) && !parents.has(spanKey(traceId, parentId))) {
      return refuse(409, `items[${index}]: parent_id names a span of another trace`);
    }
    if (runsIntoItself(traceId, id, parents, settled)) {
      return refuse(409, `items[${index}]: the span is its own ancestor`);
    }
  }
  return undefined;
}

/** Follows parents upward; spans known to lead to a root are settled, so a batch is walked once in all. */
function runsIntoItself(
  traceId: string,
  id: string,
  parents: ReadonlyMap<string, string | undefined>,
  settled: Set<string>,
): boolean {
  const path = new Set<string>();
  let key = spanKey(traceId, id);
  while (parents.has(key) && !settled.has(key)) {
    if (path.has(key)) return true;
    path.add(key);
    const parentId = parents.get(key);
    if (parentId === undefined) break;
    key = spanKey(traceId, parentId);
  }
  for (const visited of path) settled.add(visited);
  return false;
}
