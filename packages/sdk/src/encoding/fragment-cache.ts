/**
 * Encodings of what is sent again and again: an agent's prompt, the messages of its conversation. Bounded in bytes.
 * What is seen once is not kept, because most of it never comes again and a copy costs as much as encoding it.
 *
 * Long strings are not keys of a Map: V8 hashes a string of more than 16 K characters by its length alone, so prompts
 * of one length would all collide. A fingerprint of a few characters finds the entry, `===` decides.
 */
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const SEEN_SLOTS = 8 * 1024;
const SAMPLES = 16;
const TAIL_CHARS = 8;

interface Entry {
  /** The string that was encoded; undefined when the key itself is the identity. */
  readonly text: string | undefined;
  readonly bytes: Buffer;
}

export class FragmentCache {
  readonly #halfBytes: number;
  /** Two generations: what was used since the last turn, and what was not. Turning drops the older. */
  #young = new Map<object | number, Entry>();
  #old = new Map<object | number, Entry>();
  #youngBytes = 0;
  #oldBytes = 0;
  readonly #seenNodes = new WeakSet<object>();
  readonly #seenTexts = new Int32Array(SEEN_SLOTS);

  constructor(maxBytes = DEFAULT_MAX_BYTES) {
    this.#halfBytes = maxBytes / 2;
  }

  /** Memory held, in bytes: encodings and what they were made from. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  ofNode(node: object): Buffer | undefined {
    return this.#find(node, undefined);
  }

  ofText(text: string): Buffer | undefined {
    return this.#find(fingerprintOf(text), text);
  }

  /** True from the second time on: now it is worth keeping. */
  isNodeKnown(node: object): boolean {
    if (this.#seenNodes.has(node)) return true;
    this.#seenNodes.add(node);
    return false;
  }

  isTextKnown(text: string): boolean {
    const fingerprint = fingerprintOf(text);
    const slot = fingerprint & (SEEN_SLOTS - 1);
    if (this.#seenTexts[slot] === fingerprint) return !this.#isTaken(fingerprint);
    this.#seenTexts[slot] = fingerprint;
    return false;
  }

  keepNode(node: object, bytes: Buffer): void {
    this.#keep(node, { text: undefined, bytes });
  }

  keepText(text: string, bytes: Buffer): void {
    this.#keep(fingerprintOf(text), { text, bytes });
  }

  /** By another text with the same fingerprint: texts that push each other out would cost more than they save. */
  #isTaken(fingerprint: number): boolean {
    return this.#young.has(fingerprint) || this.#old.has(fingerprint);
  }

  #find(key: object | number, text: string | undefined): Buffer | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.text === text ? young.bytes : undefined;
    const old = this.#old.get(key);
    if (old === undefined || old.text !== text) return undefined;
    this.#old.delete(key);
    this.#oldBytes -= sizeOf(old);
    this.#keep(key, old);
    return old.bytes;
  }

  #keep(key: object | number, entry: Entry): void {
    const size = sizeOf(entry);
    if (size > this.#halfBytes) return;
    if (this.#youngBytes + size > this.#halfBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, entry);
    this.#youngBytes += size;
  }
}

/** An entry also holds what it was made from. */
function sizeOf({ bytes }: Entry): number {
  return bytes.length * 2;
}

/** Length, samples over the whole and the last characters, where prompts of one template differ. Never 0: an empty slot. */
function fingerprintOf(text: string): number {
  const { length } = text;
  const step = Math.max(1, Math.floor(length / SAMPLES));
  let hash = length;
  for (let i = 0; i < length; i += step) hash = mixed(hash, text.charCodeAt(i));
  for (let i = Math.max(0, length - TAIL_CHARS); i < length; i++) hash = mixed(hash, text.charCodeAt(i));
  hash ^= hash >>> 15;
  return hash === 0 ? 1 : hash;
}

function mixed(hash: number, code: number): number {
  const product = Math.imul(hash ^ code, 0xcc9e2d51);
  return (product << 15) | (product >>> 17);
}
