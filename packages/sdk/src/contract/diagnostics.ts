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
  const line = text
    .slice(0, ONE_LINE_LIMIT * 2)
    .replace(CONTROL, " ")
    .trim();
  return line.length > ONE_LINE_LIMIT ? `${line.slice(0, ONE_LINE_LIMIT)}…` : line;
}

/**
 * Says each kind of thing at most once in `intervalMs`, with the number of times it was held back; never throws.
 * Callers put no payload and no credential into a message.
 */
export class Diagnostics {
  readonly #logger: Logger;
  readonly #intervalMs: number;
  readonly #said = new Map<string, { atMs: number; heldBack: number }>();

  constructor(logger: Logger, intervalMs = 60_000) {
    this.#logger = logger;
    this.#intervalMs = intervalMs;
  }

  warn(kind: string, message: string, nowMs: number): void {
    this.#say("warn", kind, message, nowMs);
  }

  info(kind: string, message: string, nowMs: number): void {
    this.#say("info", kind, message, nowMs);
  }

  #say(level: "warn" | "info", kind: string, message: string, nowMs: number): void {
    const last = this.#said.get(kind);
    if (last !== undefined && nowMs - last.atMs < this.#intervalMs) {
      last.heldBack += 1;
      return;
    }
    const suffix = last !== undefined && last.heldBack > 0 ? ` (${last.heldBack} more held back)` : "";
    this.#said.set(kind, { atMs: nowMs, heldBack: 0 });
    try {
      this.#logger[level](`everspan: ${oneLine(message)}${suffix}`);
    } catch {
      // A logger that throws is the application's; a span must not fail for it.
    }
  }
}
