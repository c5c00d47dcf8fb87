/** What one capture may still take of its budget, and how it says what it leaves out. */
import type { CaptureBudget } from "./budget.ts";
import { cutText, isEncodedBinary, truncated } from "./marks.ts";
import { bytesOf } from "./nodes.ts";

export class Spending {
  /** Estimated bytes that were cut so far. */
  cutBytes = 0;
  valuesLeft = 0;
  bytesLeft = 0;
  /** Nothing more is taken. */
  isOver = false;
  readonly #budget: CaptureBudget;

  constructor(budget: CaptureBudget) {
    this.#budget = budget;
  }

  begin(): void {
    this.cutBytes = 0;
    this.valuesLeft = this.#budget.maxNodes;
    this.bytesLeft = this.#budget.maxBytes;
    this.isOver = false;
  }

  take(values: number, bytes: number): void {
    this.valuesLeft -= values;
    this.bytesLeft -= bytes;
    if (this.valuesLeft <= 0 || this.bytesLeft <= 0) this.isOver = true;
  }

  /** The text, or what is kept of it. */
  text(text: string): string {
    const kept = this.#isWhole(text) ? text : cutText(text);
    if (kept !== text) this.cutBytes += Math.max(1, text.length - kept.length);
    this.take(1, bytesOf(kept));
    return kept;
  }

  #isWhole(text: string): boolean {
    const { maxStringBytes, maxBinaryStringBytes } = this.#budget;
    if (bytesOf(text) > this.bytesLeft) return false;
    return text.length <= maxStringBytes || (text.length <= maxBinaryStringBytes && isEncodedBinary(text));
  }

  /** The mark of what is left out. */
  cut(detail: string): string {
    this.cutBytes += 8;
    return truncated(detail);
  }
}
