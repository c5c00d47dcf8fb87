import { type CaptureBudget, DEFAULT_CAPTURE_BUDGET } from "../capture/index.ts";

/** How much of a payload is a preview: how it begins, marked where it was cut, at a cost that its size does not change. */
export const PREVIEW_BUDGET: CaptureBudget = {
  ...DEFAULT_CAPTURE_BUDGET,
  maxDepth: 16,
  maxNodes: 256,
  maxKeys: 64,
  maxStringBytes: 2 * 1024,
  maxBinaryStringBytes: 2 * 1024,
  maxBytes: 8 * 1024,
  maxTimeMs: 2,
};
