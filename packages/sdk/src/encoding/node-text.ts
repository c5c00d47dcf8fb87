/**
 * JSON text of small captured payloads, straight from their nodes. The plain object that `JSON.stringify` needs, frozen
 * and read once, costs more than the text; and text known to be ASCII becomes bytes by a plain copy.
 */
import { isArrayNode, isContainer, itemsOf, type JsonNode, keysOf, valueAt, wellFormed } from "../capture/index.ts";

/** A larger payload may hold parts that are encoded once for many spans: see `node-writer.ts`. */
export const MAX_NODE_TEXT_BYTES = 1024;

/** Anything that does not stand in JSON as it is, or takes more than a byte. */
const NEEDS_CARE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const BEYOND_ASCII = /[^\x20-\x7e]/;

/** The names of a shape as they stand in its JSON, each with what comes before and after it. */
interface ShapeText {
  readonly names: readonly string[];
  readonly isAscii: boolean;
}

export class NodeText {
  /** False once a text was made that is not ASCII. Whoever asks sets it back to true before. */
  isAscii = true;
  readonly #shapes = new WeakMap<readonly string[], ShapeText>();

  of(node: JsonNode): string {
    if (typeof node === "string") return this.string(node);
    if (!isContainer(node)) return String(node);
    if (isArrayNode(node)) return `[${this.items(itemsOf(node))}]`;
    const names = this.names(keysOf(node));
    let text = "";
    for (let i = 0; i < names.length; i++) text += names[i]! + this.of(valueAt(node, i));
    return text === "" ? "{}" : `${text}}`;
  }

  /** Half of a UTF-16 pair becomes U+FFFD, as in `toJson`. */
  string(text: string): string {
    if (!NEEDS_CARE.test(text)) return `"${text}"`;
    const json = JSON.stringify(wellFormed(text));
    if (BEYOND_ASCII.test(json)) this.isAscii = false;
    return json;
  }

  /** With commas between. */
  items(items: readonly JsonNode[]): string {
    let text = "";
    for (let i = 0; i < items.length; i++) text += i === 0 ? this.of(items[i]!) : `,${this.of(items[i]!)}`;
    return text;
  }

  /** The names of an object's properties, each with the bracket or comma before it and its colon. */
  names(keys: readonly string[]): readonly string[] {
    const { names, isAscii } = this.#shapeOf(keys);
    if (!isAscii) this.isAscii = false;
    return names;
  }

  #shapeOf(keys: readonly string[]): ShapeText {
    const known = this.#shapes.get(keys);
    if (known !== undefined) return known;
    const names = keys.map((key, i) => `${i === 0 ? "{" : ","}${JSON.stringify(key)}:`);
    const shape = { names, isAscii: !names.some((name) => BEYOND_ASCII.test(name)) };
    this.#shapes.set(keys, shape);
    return shape;
  }
}
