/**
 * Captured payloads as JSON text with references, for the spool: each large part is a blob of its own, so that a segment
 * holds it once however many records share it.
 *
 * A text is plain JSON but for strings that begin with U+007F, and comes with a list of the blobs that it names. U+007F
 * and a number stand for the value of the blob at that place in the list; U+007F `+` and a number, as the first item of
 * an array, for the items of the array in that blob, which this one continues; U+007F U+007F … is a string that itself
 * begins with U+007F.
 */
import {
  type ArrayNode,
  bytesOf,
  type ContainerNode,
  isArrayNode,
  isContainer,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  valueAt,
  valuesOf,
} from "../../../capture/index.ts";
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
/** What a part costs beside its text, as characters of text. */
const PART_CHARACTERS = 32;
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
    if (bytesOf(node) < MIN_OBJECT_CHARACTERS) return wholeText(node);
    const part = this.#partOf(node);
    return part === INLINE ? this.#containerText(node, names) : reference("", part, names);
  }

  /** Makes what `text` asks for of a large payload, in steps of so many characters each. */
  *prepare(node: JsonNode, stepCharacters: number): Generator<void, void> {
    yield* this.#prepare(node, { left: stepCharacters, characters: stepCharacters });
  }

  *#prepare(node: JsonNode, step: Step): Generator<void, void> {
    if (!isLarge(node, step) || this.#parts.has(node)) return;
    for (const next of this.#unknownChain(node)) {
      for (const part of isArrayNode(next) ? next.items : valuesOf(next))
        if (isLarge(part, step)) yield* this.#prepare(part, step);
      const names: SpooledPart[] = [];
      const text = isArrayNode(next)
        ? yield* this.#itemsSteps(next, names, step)
        : yield* this.#propertiesSteps(next, names, step);
      this.#parts.set(next, this.#partWith(next, text, names));
    }
  }

  *#itemsSteps(node: ArrayNode, names: SpooledPart[], step: Step): Generator<void, string> {
    const list = this.#listOf(node, names);
    for (let i = 0; i < node.items.length; i++) if (isOver(step, this.#addItem(list, node, i))) yield;
    return `[${list.texts.join(",")}]`;
  }

  *#propertiesSteps(node: ObjectNode, names: SpooledPart[], step: Step): Generator<void, string> {
    const texts: string[] = [];
    for (let i = 0; i < keysOf(node).length; i++) {
      const text = this.#propertyText(node, i, names);
      texts.push(text);
      if (isOver(step, text.length)) yield;
    }
    return `{${texts.join(",")}}`;
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
    for (const next of this.#unknownChain(node)) {
      const names: SpooledPart[] = [];
      this.#parts.set(next, this.#partWith(next, this.#containerText(next, names), names));
    }
    return this.#parts.get(node)!;
  }

  /** The node after those that it continues, as far as they are not known. */
  #unknownChain(node: ContainerNode): ContainerNode[] {
    const chain: ContainerNode[] = [];
    for (let next: ContainerNode | undefined = node; next !== undefined && !this.#parts.has(next); ) {
      chain.push(next);
      next = isArrayNode(next) ? next.prefix : undefined;
    }
    return chain.reverse();
  }

  #partWith(node: ContainerNode, text: string, names: readonly SpooledPart[]): SpooledPart | typeof INLINE {
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
    return `{${keysOf(node)
      .map((_, i) => this.#propertyText(node, i, names))
      .join(",")}}`;
  }

  #propertyText(node: ObjectNode, at: number, names: SpooledPart[]): string {
    return `${JSON.stringify(keysOf(node)[at])}:${this.text(valueAt(node, at), names)}`;
  }

  #itemsText(node: ArrayNode, names: SpooledPart[]): string {
    const list = this.#listOf(node, names);
    for (let i = 0; i < node.items.length; i++) this.#addItem(list, node, i);
    return list.texts.join(",");
  }

  #listOf({ prefix }: ArrayNode, names: SpooledPart[]): List {
    return { names, texts: this.#prefixTexts(prefix, names), characters: 0, from: 0, previous: undefined };
  }

  /**
   * A long array is a chain of blobs: the same items, captured anew, share them but for the end.
   * @returns the length of the item's text
   */
  #addItem(list: List, { prefix, items }: ArrayNode, index: number): number {
    const { names, previous, from } = list;
    const text = this.text(items[index]!, names);
    list.texts.push(text);
    list.characters += text.length;
    if (list.characters < LINK_CHARACTERS || index === items.length - 1) return text.length;
    const link = { prefix, previous, items: items.slice(from, index + 1) };
    list.previous = this.#link(list.texts, names.splice(0), link);
    list.texts = [reference("+", list.previous, names)];
    list.characters = 0;
    list.from = index + 1;
    return text.length;
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

/** What is left of a step, in characters of text, and how many it has. */
interface Step {
  left: number;
  readonly characters: number;
}

/** The step is over with a part whose text is so long. */
function isOver(step: Step, characters: number): boolean {
  step.left -= characters + PART_CHARACTERS;
  if (step.left > 0) return false;
  step.left = step.characters;
  return true;
}

/** Not made at one go. */
function isLarge(node: JsonNode, { characters }: Step): node is ContainerNode {
  return isContainer(node) && bytesOf(node) >= characters;
}

/** An array's text as it grows: of the items since its last link. */
interface List {
  readonly names: SpooledPart[];
  texts: string[];
  characters: number;
  from: number;
  previous: SpooledPart | undefined;
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
  const keys = keysOf(node);
  for (let i = 0; i < keys.length; i++) {
    text += `${i === 0 ? "" : ","}${JSON.stringify(keys[i])}:${wholeText(valueAt(node, i))}`;
  }
  return `{${text}}`;
}

/** Not by its class: at an exit this code may be another copy than the one that captured, see `load-at-exit.ts`. */

function stringText(text: string): string {
  return JSON.stringify(text.startsWith(MARK) ? MARK + text : text);
}

/** A reference to a part, which is added to `names`. */
export function reference(kind: "" | "+", part: SpooledPart, names: SpooledPart[]): string {
  names.push(part);
  return `"${MARK}${kind}${names.length - 1}"`;
}
