import { inspect } from "node:util";

/** What stands in the place of a credential. */
export const REDACTED = "[redacted]";

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
