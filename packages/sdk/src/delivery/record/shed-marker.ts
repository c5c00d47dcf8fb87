import { headOf } from "@everspan/protocol";
import {
  type ArrayNode,
  isObjectNode,
  type JsonNode,
  type ObjectNode,
  objectNode,
  valuesOf,
} from "../../capture/index.ts";
import { payloadBytes } from "./span-record.ts";

const HEAD_CHARACTERS = 200;
const KEYS = ["everspan.shed", "bytes", "head"] as const;

/**
 * What stands in a payload's place when the queue was too full to keep it: how large it was and how it began.
 * No hash of it: that would read the whole payload on the application's path at the worst moment.
 */
export function shedMarker(payload: JsonNode): ObjectNode {
  const head = firstText(payload);
  return objectNode(KEYS, [true, payloadBytes(payload), head], 48 + head.length);
}

/** The beginning of the first string in the tree. */
function firstText(payload: JsonNode): string {
  let node: JsonNode | undefined = payload;
  while (node !== undefined && node !== null && typeof node === "object") {
    const children: readonly JsonNode[] = isObjectNode(node) ? valuesOf(node) : firstItems(node);
    node = children.find((child) => typeof child === "string") ?? children.find((child) => typeof child === "object");
  }
  return typeof node === "string" ? headOf(node, HEAD_CHARACTERS) : "";
}

function firstItems(array: ArrayNode): readonly JsonNode[] {
  let first = array;
  while (first.prefix !== undefined) first = first.prefix;
  return first.items;
}
