import { captureError } from "../capture/index.ts";
import { type Logger, oneLine } from "../contract/diagnostics.ts";

/** Reads settings from environment variables. A bad one is warned of by its name, never by its value, and left out. */
export class Environment {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #logger: Logger;
  readonly #namedAsIgnored = new Set<string>();

  constructor(env: Readonly<Record<string, string | undefined>>, logger: Logger) {
    this.#env = env;
    this.#logger = logger;
  }

  /** Undefined when unset or blank. */
  text(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    return value === "" ? undefined : value;
  }

  flag(name: string): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || value === "false" || value === "0") return false;
    if (value === "true" || value === "1") return true;
    this.ignored(name, "expected true, 1, false or 0");
    return false;
  }

  /** `{ [key]: number }`, or `{}` when there is no usable value. */
  number<Key extends string>(name: string, key: Key, least: number): Partial<Record<Key, number>> {
    const value = this.text(name);
    if (value === undefined) return {};
    const number = Number(value);
    if (Number.isInteger(number) && number >= least) return { [key]: number } as Partial<Record<Key, number>>;
    this.ignored(name, `expected a whole number of at least ${least}`);
    return {};
  }

  /** `key=value,key=value`, values percent-encoded, as OpenTelemetry defines it. */
  headers(name: string): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const pair of this.text(name)?.split(",") ?? []) {
      const at = pair.indexOf("=");
      try {
        if (at < 1) throw new Error("no key");
        headers[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim());
      } catch {
        this.ignored(name, "expected key=value,key=value, percent-encoded");
      }
    }
    return headers;
  }

  /** What the environment asks for but can't be built is warned of and left out. */
  attempt<T>(build: () => T | undefined): T | undefined {
    try {
      return build();
    } catch (error) {
      this.warn(captureError(error).message);
      return undefined;
    }
  }

  /** Warns of a variable that has no effect, once for each. */
  ignored(name: string, expectation: string): void {
    if (this.#namedAsIgnored.has(name)) return;
    this.#namedAsIgnored.add(name);
    this.warn(`the environment variable ${name} is ignored: ${expectation}`);
  }

  /** One line for the log. Callers put no value of a variable into it. */
  warn(message: string): void {
    try {
      this.#logger.warn(`everspan: ${oneLine(message)}`);
    } catch {
      // A logger that throws is the application's.
    }
  }
}
