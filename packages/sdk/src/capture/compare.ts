/** Comparing captured nodes with each other: pure, no application code runs. */
import { ArrayNode, isContainer, itemsOf, type JsonNode, ObjectNode } from "./nodes.ts";

/** True when both are the same JSON text. Sizes differ first when they differ, so a miss costs next to nothing. */
export function equalNodes(a: JsonNode, b: JsonNode): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b) || a.bytes !== b.bytes) return false;
  if (a instanceof ObjectNode) return b instanceof ObjectNode && equalObjects(a, b);
  return b instanceof ArrayNode && a.length === b.length && equalLists(itemsOf(a), itemsOf(b));
}

function equalObjects(a: ObjectNode, b: ObjectNode): boolean {
  return (a.keys === b.keys || equalLists(a.keys, b.keys)) && equalLists(a.values, b.values);
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
