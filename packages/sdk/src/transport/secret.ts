import { inspect } from "node:util";

const REDACTED = "[redacted]";
/** A shorter text would be found by chance in an innocent message. */
const MIN_REDACTABLE_CHARS = 6;

/** A credential that can't slip into a log, an error or JSON: every way to print it says `[redacted]`. */
export class Secret {
  readonly #value: string;
  readonly #prefix: string;

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
    return this.#value.length < MIN_REDACTABLE_CHARS ? text : text.replaceAll(this.#value, REDACTED);
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
