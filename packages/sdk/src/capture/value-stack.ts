/** The properties of the objects that a walk is in, one object's above its parent's, until each becomes a node. */
import { type JsonNode, keysOf, type ObjectNode, objectNodeOf, VALUES, valueAt } from "./nodes.ts";
import { keysFor } from "./shapes.ts";

/** Properties collected together beyond which the room for them is given back. */
const KEPT_PLACES = 1024;

export class ValueStack {
  /** Where the next property goes. */
  top = 0;
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  #highest = 0;

  /** Begins an object. @returns where its properties begin */
  begin(): number {
    const base = this.top + VALUES;
    // What a node has before its values is set at its end.
    while (this.top < base) this.push("", null);
    return base;
  }

  push(name: string, node: JsonNode): void {
    this.#names[this.top] = name;
    this.#values[this.top] = node;
    if (++this.top > this.#highest) this.#highest = this.top;
  }

  /** The first `count` properties are the known ones. */
  recall(known: ObjectNode, count: number): void {
    for (let i = 0; i < count; i++) this.push(keysOf(known)[i]!, valueAt(known, i));
  }

  /** Ends the object whose properties begin at `base`. */
  collect(base: number, maxKeyBytes: number): ObjectNode {
    const keys = keysFor(this.#names, base, this.top - base, maxKeyBytes);
    const start = base - VALUES;
    const node = objectNodeOf(this.#values, start, this.top, keys);
    this.top = start;
    return node;
  }

  /** Forgets what the nodes hold: between captures nothing is kept alive. */
  clear(): void {
    if (this.#highest > KEPT_PLACES) this.#names.length = this.#values.length = 0;
    else this.#values.fill(null, 0, this.#highest + 1);
    this.top = this.#highest = 0;
  }
}
