/**
 * Counts large strings once, however many nodes hold them: one 50 KB system prompt in 10,000 spans of different
 * traces is 50 KB.
 *
 * Strings are found by a cheap fingerprint (length and some characters) and told apart by `===`. Not a Map keyed by
 * the string: JavaScript engines hash long strings by their length only, so distinct prompts would collide.
 */

/** Shorter strings count wherever they are held: finding them would cost more than they weigh. */
export const LARGE_STRING_CHARACTERS = 1024;

/** Strings that share a fingerprint and are told apart; more are counted for each holder, which is safe. */
const MAX_LIKENESSES = 16;

interface Held {
  readonly text: string;
  holders: number;
}

export class LargeStrings {
  /** What to hold in place of the string that was acquired last: the copy of it that others hold, where there is one. */
  copy = "";
  readonly #byFingerprint = new Map<number, Held[]>();

  /** @returns the bytes that this holder adds: 0 when the string was already held */
  acquire(text: string): number {
    const fingerprint = fingerprintOf(text);
    const alike = this.#byFingerprint.get(fingerprint);
    this.copy = text;
    if (alike === undefined) {
      this.#byFingerprint.set(fingerprint, [{ text, holders: 1 }]);
      return text.length + 2;
    }
    const held = find(alike, text);
    if (held !== undefined) {
      held.holders++;
      this.copy = held.text;
      return 0;
    }
    if (alike.length < MAX_LIKENESSES) alike.push({ text, holders: 1 });
    return text.length + 2;
  }

  /** @returns the bytes that are no longer held. As many releases as acquires give back exactly what was added. */
  release(text: string): number {
    const fingerprint = fingerprintOf(text);
    const alike = this.#byFingerprint.get(fingerprint);
    const held = alike === undefined ? undefined : find(alike, text);
    if (alike === undefined || held === undefined) return text.length + 2;
    if (--held.holders > 0) return 0;
    if (alike.length === 1) this.#byFingerprint.delete(fingerprint);
    else alike.splice(alike.indexOf(held), 1);
    return text.length + 2;
  }
}

function find(alike: readonly Held[], text: string): Held | undefined {
  for (let i = 0; i < alike.length; i++) if (alike[i]!.text === text) return alike[i];
  return undefined;
}

const EDGE = 8;
const SPREAD = 16;

/** The length, both ends (where prompts differ: names, dates, questions) and characters spread between. */
function fingerprintOf(text: string): number {
  const { length } = text;
  let hash = length;
  for (let i = 0; i < EDGE; i++) {
    hash = Math.imul(hash, 31) + text.charCodeAt(i);
    hash = Math.imul(hash, 31) + text.charCodeAt(length - 1 - i);
  }
  const stride = (length / SPREAD) | 0;
  for (let i = stride >> 1; i < length; i += stride) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  return hash | 0;
}
