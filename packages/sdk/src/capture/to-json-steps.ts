/**
 * `toJson` of a large payload in steps, each of them some tenths of a millisecond long: between two of them others get
 * their turn. Loaded with the first batch.
 */
import { type ArrayNode, isContainer, itemsOf, type JsonNode, ObjectNode } from "./nodes.ts";
import { itemOf, Marked, toJson } from "./to-json.ts";

/** Smaller containers are made in one step; larger ones are marked with their node, as `toJson` does. */
const MIN_STEPPED_BYTES = 16 * 1024;
/** Of a step, in bytes of JSON; what making a value costs besides its bytes. */
const STEP_WORK = 64 * 1024;
const VALUE_WORK = 64;

export function* toJsonSteps(node: JsonNode, work = { left: STEP_WORK }): Generator<void, unknown> {
  if (!isContainer(node) || node.bytes < MIN_STEPPED_BYTES) return toJson(node);
  const plain: object = node instanceof ObjectNode ? yield* objectSteps(node, work) : yield* itemSteps(node, work);
  new Marked(plain, node);
  return Object.freeze(plain);
}

function* objectSteps({ keys, values }: ObjectNode, work: { left: number }): Generator<void, object> {
  const plain: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = yield* toJsonSteps(values[i]!, work);
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
    if (isOver(values[i]!, work)) yield;
  }
  return plain;
}

function* itemSteps(node: ArrayNode, work: { left: number }): Generator<void, object> {
  const plain: unknown[] = [];
  for (const item of itemsOf(node)) {
    plain.push(isContainer(item) && item.bytes >= MIN_STEPPED_BYTES ? yield* toJsonSteps(item, work) : itemOf(item));
    if (isOver(item, work)) yield;
  }
  return plain;
}

/** Charges what was made of a value. True when the step has been long enough. */
function isOver(node: JsonNode, work: { left: number }): boolean {
  work.left -= isContainer(node) && node.bytes < MIN_STEPPED_BYTES ? node.bytes + VALUE_WORK : VALUE_WORK;
  if (work.left > 0) return false;
  work.left = STEP_WORK;
  return true;
}
