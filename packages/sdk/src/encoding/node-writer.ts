/**
 * JSON of captured payloads of any size, straight from their nodes: what is shared comes from the encoder's cache, what is
 * small is text at one go, and no plain object is made of either.
 */
import { ArrayNode, bytesOf, isContainer, type JsonNode, type ObjectNode, wellFormed } from "../capture/index.ts";
import type { BodyWriter } from "./body-writer.ts";
import { CALL_WORK, type JsonEncoder, partsOf, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { MAX_NODE_TEXT_BYTES, NodeText } from "./node-text.ts";

export class NodeWriter {
  readonly #encoder: JsonEncoder;
  readonly #texts = new NodeText();

  constructor(encoder: JsonEncoder) {
    this.#encoder = encoder;
  }

  *write(node: JsonNode, out: BodyWriter): Steps {
    if (bytesOf(node) <= MAX_NODE_TEXT_BYTES) this.#small("", node, out);
    else if (!isContainer(node)) yield* this.#encoder.string(wellFormed(String(node)), out);
    else if (node instanceof ArrayNode) yield* this.#array(node, out);
    else yield* this.#object(node, out);
    if (out.work >= SLICE_BYTES) yield;
  }

  #small(before: string, node: JsonNode, out: BodyWriter): void {
    this.#texts.isAscii = true;
    const text = this.#texts.of(node);
    out.text(before + text, before === "" && this.#texts.isAscii);
  }

  *#object(node: ObjectNode, out: BodyWriter): Steps {
    if (this.#encoder.shared(node, node.bytes, out, () => this.#texts.of(node))) return;
    const names = this.#texts.names(node.keys);
    for (let i = 0; i < names.length; i++) yield* this.#part(names[i]!, node.values[i]!, out);
    out.text(names.length === 0 ? "{}" : "}", true);
  }

  /** A conversation continues the one of the step before: each step's own messages are one part. */
  *#array(node: ArrayNode, out: BodyWriter): Steps {
    let before = "[";
    for (const part of partsOf(node)) {
      const { items, prefix } = part;
      if (items.length === 0) continue;
      out.text(before, true);
      before = ",";
      const bytes = part.bytes - (prefix?.bytes ?? 0);
      if (this.#encoder.shared(part, bytes, out, () => this.#texts.items(items))) continue;
      for (let i = 0; i < items.length; i++) yield* this.#part(i === 0 ? "" : ",", items[i]!, out);
    }
    out.text(before === "[" ? "[]" : "]", true);
  }

  /** @param before stands in front of it */
  *#part(before: string, node: JsonNode, out: BodyWriter): Steps {
    if (bytesOf(node) <= MAX_NODE_TEXT_BYTES) {
      this.#small(before, node, out);
      out.work += CALL_WORK;
      if (out.work >= SLICE_BYTES) yield;
    } else {
      out.text(before);
      yield* this.write(node, out);
    }
  }
}
