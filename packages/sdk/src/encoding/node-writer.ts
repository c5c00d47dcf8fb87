/**
 * JSON of captured payloads of any size, straight from their nodes: what is shared comes from the encoder's cache, what is
 * small is text at one go, and no plain object is made of either. Written within the turn as long as a slice has room, in steps
 * from there on: most payloads need none, and a generator for each of their parts costs more than the part.
 */
import {
  type ArrayNode,
  bytesOf,
  isContainer,
  isObjectNode,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valuesOf,
  wellFormed,
} from "../capture/index.ts";
import type { BodyWriter } from "./body-writer.ts";
import { CALL_WORK, type JsonEncoder, partsOf, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { MAX_NODE_TEXT_BYTES, NodeText } from "./node-text.ts";

export class NodeWriter {
  readonly #encoder: JsonEncoder;
  readonly #texts = new NodeText();

  constructor(encoder: JsonEncoder) {
    this.#encoder = encoder;
  }

  /** Writes the payload; where it does not fit into the slice, gives the steps for what is left of it. */
  write(node: JsonNode, out: BodyWriter): Steps | undefined {
    if (bytesOf(node) <= MAX_NODE_TEXT_BYTES) return this.#small("", node, out);
    if (!isContainer(node)) return this.#encoder.string(wellFormed(String(node)), out);
    return isObjectNode(node) ? this.#object(node, out) : this.#array(node, out);
  }

  #small(before: string, node: JsonNode, out: BodyWriter): undefined {
    this.#texts.isAscii = true;
    const text = this.#texts.of(node);
    out.text(before + text, before === "" && this.#texts.isAscii);
  }

  #object(node: ObjectNode, out: BodyWriter): Steps | undefined {
    if (this.#encoder.shared(node, bytesOf(node), out, () => this.#texts.of(node))) return undefined;
    const names = this.#texts.names(keysOf(node));
    if (names.length === 0) out.text("{", true);
    return this.#parts(names, valuesOf(node), "}", out);
  }

  #array(node: ArrayNode, out: BodyWriter): Steps | undefined {
    out.text("[", true);
    if (node.prefix !== undefined) return this.#chain(node, out);
    return this.#sharedItems(node, out) ? void out.text("]", true) : this.#parts(undefined, node.items, "]", out);
  }

  /** A conversation continues the one of the step before: each step's own messages are one part. */
  *#chain(node: ArrayNode, out: BodyWriter): Steps {
    let isFirst = true;
    for (const part of partsOf(node)) {
      if (part.items.length === 0) continue;
      if (!isFirst) out.text(",", true);
      isFirst = false;
      if (this.#sharedItems(part, out)) continue;
      const steps = this.#parts(undefined, part.items, "", out);
      if (steps !== undefined) yield* steps;
      if (out.work >= SLICE_BYTES) yield;
    }
    out.text("]", true);
  }

  /** What an array has beyond the one that it continues, where it is kept. */
  #sharedItems(node: ArrayNode, out: BodyWriter): boolean {
    const { items, bytes, prefix } = node;
    return this.#encoder.shared(node, bytes - (prefix?.bytes ?? 0), out, () => this.#texts.items(items));
  }

  /** @param names stand before the nodes; commas between them where there are none */
  #parts(
    names: readonly string[] | undefined,
    nodes: readonly JsonNode[],
    close: string,
    out: BodyWriter,
  ): Steps | undefined {
    for (let i = 0; i < nodes.length; i++) {
      const steps = this.#part(names === undefined ? comma(i) : names[i]!, nodes[i]!, out);
      if (steps !== undefined || out.work >= SLICE_BYTES)
        return this.#partsAfter(steps, i + 1, names, nodes, close, out);
    }
    out.text(close, true);
    return undefined;
  }

  *#partsAfter(
    begun: Steps | undefined,
    next: number,
    names: readonly string[] | undefined,
    nodes: readonly JsonNode[],
    close: string,
    out: BodyWriter,
  ): Steps {
    let steps = begun;
    for (let i = next; ; i++) {
      if (steps !== undefined) yield* steps;
      if (out.work >= SLICE_BYTES) yield;
      if (i >= nodes.length) break;
      steps = this.#part(names === undefined ? comma(i) : names[i]!, nodes[i]!, out);
    }
    out.text(close, true);
  }

  /** @param before stands in front of it */
  #part(before: string, node: JsonNode, out: BodyWriter): Steps | undefined {
    if (bytesOf(node) > MAX_NODE_TEXT_BYTES) {
      out.text(before);
      return this.write(node, out);
    }
    this.#small(before, node, out);
    out.work += CALL_WORK;
    return undefined;
  }
}

function comma(position: number): string {
  return position === 0 ? "" : ",";
}
