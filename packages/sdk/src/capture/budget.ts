import { MAX_KEY_CHARACTERS, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_VALUES } from "@everspan/protocol";

/** How much of one payload a capture takes. What is beyond is cut, and marked as cut. */
export interface CaptureBudget {
  /** Levels of nesting. Default 128: the walk's own stack is bounded by it. */
  readonly maxDepth: number;
  /** Values in all: properties and items. Default 200 000. */
  readonly maxNodes: number;
  /** Properties of one object, entries of one Map or Set. Default 10 000. */
  readonly maxKeys: number;
  /** Length of one property name, in UTF-16 units. Default 1 KiB. */
  readonly maxKeyBytes: number;
  /**
   * Length of one string, in UTF-16 units. Default 1 MiB: a string is the smallest piece that the encoder works on
   * without giving the event loop back.
   */
  readonly maxStringBytes: number;
  /** The same for base64, so that images are kept whole. Default 4 MiB. */
  readonly maxBinaryStringBytes: number;
  /** Estimated size of the whole payload as JSON. Default 16 MiB. */
  readonly maxBytes: number;
  /**
   * Time spent in the application's own code (getters, proxies, `toJSON`), in milliseconds. Default 25. No single pause
   * is charged more than half of it. Plain data costs nothing of it: its values and bytes are bounded.
   */
  readonly maxTimeMs: number;
}

export const DEFAULT_CAPTURE_BUDGET: CaptureBudget = {
  maxDepth: MAX_PAYLOAD_DEPTH,
  maxNodes: MAX_PAYLOAD_VALUES,
  maxKeys: 10_000,
  maxKeyBytes: MAX_KEY_CHARACTERS,
  maxStringBytes: 1024 * 1024,
  maxBinaryStringBytes: 4 * 1024 * 1024,
  maxBytes: MAX_PAYLOAD_BYTES,
  maxTimeMs: 25,
};
