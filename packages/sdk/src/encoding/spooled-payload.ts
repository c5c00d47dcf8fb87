/**
 * Captured payloads as JSON text with references, for the spool: each large part is a blob of its own, so that a segment
 * holds it once however many records share it.
 *
 * A text is plain JSON but for strings that begin with U+007F, and comes with a list of the blobs that it names. U+007F
 * and a number stand for the value of the blob at that place in the list; U+007F `+` and a number, as the first item of
 * an array, for the items of the array in that blob, which this one continues; U+007F U+007F … is a string that itself
 * begins with U+007F.
 */
import { type ArrayNode, type ContainerNode, isContainer, type JsonNode } from "../capture/index.ts";
import { RecentStrings } from "./recent-strings.ts";
import { contentKey, SpooledPart } from "./spooled-part.ts";

/** A shorter string stands where it is used. */
const MIN_STRING_CHARACTERS = 256;
/** An object whose text is shorter, blobs taken out, stands where it is used. */
const MIN_OBJECT_CHARACTERS = 256;
/** An array too: it is shorter because the next step of its conversation continues it. */
const MIN_ARRAY_CHARACTERS = 64;
/** A container with a longer text is looked for among those that other traces captured. */
const MIN_SHARED_CHARACTERS = 256;
export const MARK = "\u007f";

const INLINE = "inline";

export class PayloadEncoder {
  readonly #parts = new WeakMap<ContainerNode, SpooledPart | typeof INLINE>();
  readonly #strings = new RecentStrings<SpooledPart>();
  readonly #contents = new RecentStrings<SpooledPart>();

  /** The text of a payload. The blobs that it names are added to `names`. */
  text(node: JsonNode, names: SpooledPart[]): string {
    if (typeof node === "string") return this.#stringText(node, names);
    if (!isContainer(node)) return JSON.stringify(node);
    const part = this.#partOf(node);
    return part === INLINE ? this.#containerText(node, names) : reference("", part, names);
  }

  #stringText(text: string, names: SpooledPart[]): string {
    if (text.length < MIN_STRING_CHARACTERS) return stringText(text);
    let part = this.#strings.get(text);
    if (part === undefined) {
      part = new SpooledPart(text.length + 2, [], () => stringText(text));
      this.#strings.set(text, part);
    }
    return reference("", part, names);
  }

  /** A conversation may continue thousands of others: its prefixes come first, not by recursion. */
  #partOf(node: ContainerNode): SpooledPart | typeof INLINE {
    const known = this.#parts.get(node);
    if (known !== undefined) return known;
    const chain: ContainerNode[] = [];
    for (let next: ContainerNode | undefined = node; next !== undefined && !this.#parts.has(next); ) {
      chain.push(next);
      next = isArrayNode(next) ? next.prefix : undefined;
    }
    for (const next of chain.reverse()) this.#parts.set(next, this.#makePart(next));
    return this.#parts.get(node)!;
  }

  #makePart(node: ContainerNode): SpooledPart | typeof INLINE {
    const names: SpooledPart[] = [];
    const text = this.#containerText(node, names);
    if (text.length < (isArrayNode(node) ? MIN_ARRAY_CHARACTERS : MIN_OBJECT_CHARACTERS)) return INLINE;
    const made = new SpooledPart(text.length, names, () => this.#containerText(node, []), text);
    return text.length < MIN_SHARED_CHARACTERS ? made : this.#sharedPart(contentKey(text, names), made);
  }

  /** What other traces captured, a list of tools for example, is another node of the same content. */
  #sharedPart(key: string, made: SpooledPart): SpooledPart {
    const known = this.#contents.get(key);
    if (known === undefined) this.#contents.set(key, made);
    return known ?? made;
  }

  #containerText(node: ContainerNode, names: SpooledPart[]): string {
    if (isArrayNode(node)) return `[${this.#itemsText(node, names)}]`;
    const properties = node.keys.map((key, i) => `${JSON.stringify(key)}:${this.text(node.values[i]!, names)}`);
    return `{${properties.join(",")}}`;
  }

  #itemsText({ prefix, items }: ArrayNode, names: SpooledPart[]): string {
    const texts: string[] = [];
    if (prefix !== undefined && prefix.length > 0) {
      const part = this.#partOf(prefix);
      texts.push(part === INLINE ? this.#itemsText(prefix, names) : reference("+", part, names));
    }
    for (const item of items) texts.push(this.text(item, names));
    return texts.join(",");
  }
}

/** Not by its class: at an exit this code may be another copy than the one that captured, see `load-at-exit.ts`. */
function isArrayNode(node: ContainerNode): node is ArrayNode {
  return "prefix" in node;
}

function stringText(text: string): string {
  return JSON.stringify(text.startsWith(MARK) ? MARK + text : text);
}

/** A reference to a part, which is added to `names`. */
export function reference(kind: "" | "+", part: SpooledPart, names: SpooledPart[]): string {
  names.push(part);
  return `"${MARK}${kind}${names.length - 1}"`;
}
