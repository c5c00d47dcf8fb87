import { inspect } from "node:util";

const REDACTED = "[redacted]";
/** A shorter text would be found by chance in an innocent message. */
const MIN_REDACTABLE_CHARS = 6;
/** A part of a longer value: `Bearer KEY`, `Api-Key=KEY, scope=x`. Schemes and names are no secrets. */
const MIN_PART_CHARS = 8;
const PARTS = /[\s,;=:"']+/;
const SCHEME = /^(?:bearer|basic|digest|negotiate|token|api-?key|x-[a-z-]+|authorization)$/i;

/** A credential that can't slip into a log, an error or JSON: every way to print it says `[redacted]`. */
export class Secret {
  readonly #value: string;
  readonly #prefix: string;
  #spellings: readonly string[] | undefined;

  constructor(value: string, prefix = "") {
    this.#value = value;
    this.#prefix = prefix;
  }

  static of(value: string | Secret): Secret {
    return value instanceof Secret ? value : new Secret(value);
  }

  get isEmpty(): boolean {
    return this.#value === "";
  }

  /** The credential itself: for a request header and nothing else. */
  reveal(): string {
    return this.#prefix + this.#value;
  }

  /** The credential as a header's value, e.g. after `Bearer `. */
  prefixed(prefix: string): Secret {
    return new Secret(this.#value, prefix);
  }

  /** The text without this credential, for what a server said and may have echoed. */
  redactIn(text: string): string {
    if (this.#value.length < MIN_REDACTABLE_CHARS) return text;
    this.#spellings ??= spellingsOf(this.#value);
    return this.#spellings.reduce((redacted, spelling) => redacted.replaceAll(spelling, REDACTED), text);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** What a server may echo of the value, the longest first: all of it, the key in it, the password of a `Basic`. */
function spellingsOf(value: string): string[] {
  const spellings = new Set([value]);
  for (const part of value.split(PARTS)) {
    if (part.length >= MIN_PART_CHARS && !SCHEME.test(part)) spellings.add(part);
  }
  const basic = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(value.trim())?.[1];
  const pair = basic === undefined ? "" : Buffer.from(basic, "base64").toString("utf8");
  for (const part of [pair, pair.slice(pair.indexOf(":") + 1)]) {
    if (part.length >= MIN_REDACTABLE_CHARS) spellings.add(part);
  }
  return [...spellings].sort((a, b) => b.length - a.length);
}
