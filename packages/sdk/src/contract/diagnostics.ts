import { headOf } from "@everspan/protocol";
import { WarningLimit } from "./warning-limit.ts";

/** Where the SDK speaks. `console` fits. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const ONE_LINE_LIMIT = 500;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** One printable line of bounded length: what a server or an error says must not forge or flood a log. */
export function oneLine(text: string): string {
  const line = headOf(text, ONE_LINE_LIMIT * 2)
    .replace(CONTROL, " ")
    .trim();
  return line.length > ONE_LINE_LIMIT ? `${line.slice(0, ONE_LINE_LIMIT)}…` : line;
}

/** Says each kind of thing at most once a minute; never throws. Callers put no payload and no credential into a message. */
export class Diagnostics {
  readonly #logger: Logger;
  readonly #limit: WarningLimit;

  constructor(logger: Logger, intervalMs?: number) {
    this.#logger = logger;
    this.#limit = new WarningLimit(intervalMs);
  }

  warn(kind: string, message: string, nowMs: number): void {
    const heldBack = this.#limit.admit(kind, nowMs);
    if (heldBack !== undefined) this.say("warn", message, heldBack);
  }

  info(kind: string, message: string, nowMs: number): void {
    const heldBack = this.#limit.admit(kind, nowMs);
    if (heldBack !== undefined) this.say("info", message, heldBack);
  }

  /** Says what was limited before. @param heldBack how many of its kind were not said since the last one */
  say(level: "warn" | "info", message: string, heldBack: number): void {
    const suffix = heldBack > 0 ? ` (${heldBack} more held back)` : "";
    try {
      this.#logger[level](`everspan: ${oneLine(message)}${suffix}`);
    } catch {
      // A logger that throws is the application's; a span must not fail for it.
    }
  }
}
