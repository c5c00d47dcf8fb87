/**
 * Plain immutable JSON of a captured node, for processors and exporters; and the way back from it to the node.
 *
 * Nodes shared between payloads give shared plain objects as long as one of them is alive, so a batch of growing
 * conversations holds each message once.
 */
import { type ArrayNode, type ContainerNode, isContainer, itemsOf, type JsonNode, ObjectNode } from "./nodes.ts";
import { wellFormed } from "./well-formed.ts";

/** Smaller containers are not remembered: making them again costs less than finding them. */
const REMEMBERED_BYTES = 256;

const nodes = new WeakMap<object, ContainerNode>();
const plains = new WeakMap<ContainerNode, WeakRef<object>>();

/** Deeply frozen: own enumerable data properties, arrays without holes, well-formed strings. */
export function toJson(node: JsonNode): unknown {
  if (typeof node === "string") return wellFormed(node);
  if (!isContainer(node)) return node;
  if (node.bytes < REMEMBERED_BYTES) return materialised(node);
  const known = plains.get(node)?.deref();
  if (known !== undefined) return known;
  const plain = materialised(node);
  nodes.set(plain, node);
  plains.set(node, new WeakRef(plain));
  return plain;
}

/** The node that `toJson` made this object or array from; undefined for any other, and for those under 256 bytes. */
export function nodeOf(plain: object): ContainerNode | undefined {
  return nodes.get(plain);
}

function materialised(node: ContainerNode): object {
  return Object.freeze(node instanceof ObjectNode ? objectOf(node) : arrayOf(node));
}

function objectOf(node: ObjectNode): object {
  const plain: Record<string, unknown> = {};
  for (let i = 0; i < node.keys.length; i++) {
    const key = node.keys[i]!;
    const value = toJson(node.values[i]!);
    if (key === "__proto__") Object.defineProperty(plain, key, { value, enumerable: true });
    else plain[key] = value;
  }
  return plain;
}

function arrayOf(node: ArrayNode): object {
  return itemsOf(node).map(toJson);
}
