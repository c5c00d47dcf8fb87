/**
 * Captured payloads as JSON text with references, for the spool: each large part is a blob of its own, so that a segment
 * holds it once however many records share it.
 *
 * A text is plain JSON but for strings that begin with U+007F, and comes with a list of the blobs that it names. U+007F
 * and a number stand for the value of the blob at that place in the list; U+007F `+` and a number, as the first item of
 * an array, for the items of the array in that blob, which this one continues; U+007F U+007F … is a string that itself
 * begins with U+007F.
 */
import { type ArrayNode, type ContainerNode, isContainer, itemsOf, type JsonNode } from "../../../capture/index.ts";
import { RecentStrings } from "../../../encoding/recent-strings.ts";
import { contentKey, SpooledPart } from "./spooled-part.ts";

/** A shorter string stands where it is used. */
const MIN_STRING_CHARACTERS = 256;
/** An object whose text is shorter, blobs taken out, stands where it is used. What is estimated to be shorter has no blobs. */
const MIN_OBJECT_CHARACTERS = 256;
/** An array too: it is shorter because the next step of its conversation continues it. */
const MIN_ARRAY_CHARACTERS = 64;
/** A container with a longer text is looked for among those that other traces captured. */
const MIN_SHARED_CHARACTERS = 256;
/** A longer array is cut into links of so many: more than an array that stands where it is used, so its names are its own. */
const LINK_CHARACTERS = 4_096;
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
    if (node.bytes < MIN_OBJECT_CHARACTERS) return wholeText(node);
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

  /** A long array is a chain of blobs: the same items, captured anew, share them but for the end. */
  #itemsText({ prefix, items }: ArrayNode, names: SpooledPart[]): string {
    let texts = this.#prefixTexts(prefix, names);
    let characters = 0;
    let from = 0;
    let previous: SpooledPart | undefined;
    for (const [index, item] of items.entries()) {
      texts.push(this.text(item, names));
      characters += texts.at(-1)!.length;
      if (characters < LINK_CHARACTERS || index === items.length - 1) continue;
      previous = this.#link(texts, names.splice(0), { prefix, previous, items: items.slice(from, index + 1) });
      texts = [reference("+", previous, names)];
      characters = 0;
      from = index + 1;
    }
    return texts.join(",");
  }

  #prefixTexts(prefix: ArrayNode | undefined, names: SpooledPart[]): string[] {
    if (prefix === undefined || prefix.length === 0) return [];
    const part = this.#partOf(prefix);
    return [part === INLINE ? this.#itemsText(prefix, names) : reference("+", part, names)];
  }

  #link(texts: readonly string[], names: SpooledPart[], { prefix, previous, items }: Link): SpooledPart {
    const text = `[${texts.join(",")}]`;
    const again = () => {
      const own: SpooledPart[] = [];
      const first = previous === undefined ? this.#prefixTexts(prefix, own) : [reference("+", previous, own)];
      return `[${[...first, ...items.map((item) => this.text(item, own))].join(",")}]`;
    };
    return this.#sharedPart(contentKey(text, names), new SpooledPart(text.length, names, again, text));
  }
}

/** A part of a long array, and what it continues. */
interface Link {
  readonly prefix: ArrayNode | undefined;
  readonly previous: SpooledPart | undefined;
  readonly items: readonly JsonNode[];
}

/** The text of a small payload, without blobs. */
function wholeText(node: JsonNode): string {
  if (typeof node === "string") return stringText(node);
  if (!isContainer(node)) return JSON.stringify(node);
  let text = "";
  if (isArrayNode(node)) {
    for (const item of itemsOf(node)) text += text === "" ? wholeText(item) : `,${wholeText(item)}`;
    return `[${text}]`;
  }
  const { keys, values } = node;
  for (let i = 0; i < keys.length; i++) {
    text += `${i === 0 ? "" : ","}${JSON.stringify(keys[i])}:${wholeText(values[i]!)}`;
  }
  return `{${text}}`;
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
