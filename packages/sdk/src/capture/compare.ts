/** Comparing captured nodes with each other: pure, no application code runs. */
import {
  bytesOf,
  isContainer,
  isObjectNode,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";

/** True when both are the same JSON text. Sizes differ first when they differ, so a miss costs next to nothing. */
export function equalNodes(a: JsonNode, b: JsonNode): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b) || bytesOf(a) !== bytesOf(b)) return false;
  if (isObjectNode(a)) return isObjectNode(b) && equalObjects(a, b);
  return !isObjectNode(b) && a.length === b.length && equalLists(itemsOf(a), itemsOf(b));
}

function equalObjects(a: ObjectNode, b: ObjectNode): boolean {
  const keys = keysOf(a);
  if (keys !== keysOf(b) && !equalLists(keys, keysOf(b))) return false;
  for (let i = 0; i < keys.length; i++) if (!equalNodes(valueAt(a, i), valueAt(b, i))) return false;
  return true;
}

function equalLists(a: readonly JsonNode[], b: readonly JsonNode[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equalNodes(a[i]!, b[i]!)) return false;
  return true;
}

/** Where among the first `length` of `list` a node equal to this one stands, looking from `near` on first; -1 when nowhere. */
export function findEqual(node: JsonNode, list: readonly JsonNode[], length: number, near: number): number {
  const start = Math.min(near, length);
  for (let i = start; i < length; i++) if (equalNodes(node, list[i]!)) return i;
  for (let i = start - 1; i >= 0; i--) if (equalNodes(node, list[i]!)) return i;
  return -1;
}
