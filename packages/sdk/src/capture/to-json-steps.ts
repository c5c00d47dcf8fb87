/**
 * `toJson` of a large payload in steps, each of them some tenths of a millisecond long: between two of them others get
 * their turn. Loaded with the first batch.
 */
import {
  type ArrayNode,
  bytesOf,
  isContainer,
  isObjectNode,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
} from "./nodes.ts";
import { itemOf, Marked, toJson } from "./to-json.ts";

/** Smaller containers are made in one step; larger ones are marked with their node, as `toJson` does. */
const MIN_STEPPED_BYTES = 16 * 1024;
/** Of a step, in bytes of JSON; what making a value costs besides its bytes. */
const STEP_WORK = 64 * 1024;
const VALUE_WORK = 64;

export function* toJsonSteps(node: JsonNode, work = { left: STEP_WORK }): Generator<void, unknown> {
  if (!isContainer(node) || bytesOf(node) < MIN_STEPPED_BYTES) return toJson(node);
  const plain: object = isObjectNode(node) ? yield* objectSteps(node, work) : yield* itemSteps(node, work);
  new Marked(plain, node);
  return Object.freeze(plain);
}

function* objectSteps(node: ObjectNode, work: { left: number }): Generator<void, object> {
  const keys = keysOf(node);
  const plain: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = yield* toJsonSteps(valueAt(node, i), work);
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
    if (isOver(valueAt(node, i), work)) yield;
  }
  return plain;
}

function* itemSteps(node: ArrayNode, work: { left: number }): Generator<void, object> {
  const plain: unknown[] = [];
  for (const item of itemsOf(node)) {
    plain.push(isContainer(item) && bytesOf(item) >= MIN_STEPPED_BYTES ? yield* toJsonSteps(item, work) : itemOf(item));
    if (isOver(item, work)) yield;
  }
  return plain;
}

/** Charges what was made of a value. True when the step has been long enough. */
function isOver(node: JsonNode, work: { left: number }): boolean {
  const bytes = isContainer(node) ? bytesOf(node) : 0;
  work.left -= bytes < MIN_STEPPED_BYTES ? bytes + VALUE_WORK : VALUE_WORK;
  if (work.left > 0) return false;
  work.left = STEP_WORK;
  return true;
}
