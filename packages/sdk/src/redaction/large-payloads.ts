/**
 * Looks at large payloads before snapshots are made of them, with turns of the event loop in between: sixteen megabytes of
 * text would hold it for a tenth of a second. The redactor remembers what it looked at, so `record` finds it done.
 */
import {
  ArrayNode,
  bytesOf,
  type ContainerNode,
  isArrayNode,
  isContainer,
  type JsonNode,
  valuesOf,
} from "../capture/index.ts";
import { countedSteps } from "../contract/in-background.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";
import { sliceTurn } from "../encoding/slice-turns.ts";
import { MAX_DEPTH, type Redactor } from "./redactor.ts";

/** Looked at within one turn: about a millisecond of text. A smaller payload is looked at with its snapshot. */
const STEP_BYTES = 256 * 1024;
/** What looking at an item costs besides its text, in bytes of text. */
const ITEM_WORK = 128;

/** Whether what is done with a record takes so long that others get their turn meanwhile. */
export function isLargeRecord({ bytes }: SpanRecord): boolean {
  return bytes >= STEP_BYTES;
}

/**
 * Never rejects: what can't be looked at is left to `record`, which then withholds it. Ends early when the attempt was
 * aborted.
 */
export async function lookAtLarge(
  records: readonly SpanRecord[],
  redactor: Redactor,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const record of records.filter(isLargeRecord)) {
      for (const field of ["input", "output", "data"] as const) {
        const payload = record[field];
        if (!isLarge(payload) || redactor.withholds(field)) continue;
        for (const _ of countedSteps(steps(redactor, payload, 0))) {
          await sliceTurn();
          if (signal.aborted) return;
        }
      }
    }
  } catch {
    // A policy of the application's: `record` meets it again.
  }
}

function isLarge(node: JsonNode | undefined): node is ContainerNode {
  return node !== undefined && isContainer(node) && bytesOf(node) >= STEP_BYTES;
}

function* steps(redactor: Redactor, node: ContainerNode, depth: number): Generator<void> {
  if (depth > MAX_DEPTH || redactor.known(node) !== undefined) return;
  if (isArrayNode(node)) return yield* arraySteps(redactor, node, depth);
  for (const value of valuesOf(node)) if (isLarge(value)) yield* steps(redactor, value, depth + 1);
}

function* arraySteps(redactor: Redactor, node: ArrayNode, depth: number): Generator<void> {
  const unknown: ArrayNode[] = [];
  let part: ArrayNode | undefined = node;
  while (part !== undefined && redactor.known(part) === undefined) {
    unknown.push(part);
    part = part.prefix;
  }
  let prefix = part && (redactor.known(part) as ArrayNode);
  let bytes = 0;
  for (const next of unknown.reverse()) {
    const items: JsonNode[] = [];
    for (const item of next.items) {
      if (isLarge(item)) yield* steps(redactor, item, depth + 1);
      items.push(redactor.node(item, depth + 1));
      bytes += bytesOf(item) + ITEM_WORK;
      if (bytes < STEP_BYTES) continue;
      bytes = 0;
      yield;
    }
    const isClean = prefix === next.prefix && items.every((item, i) => item === next.items[i]);
    prefix = isClean ? next : new ArrayNode(prefix, items);
    redactor.remember(next, prefix);
  }
}
