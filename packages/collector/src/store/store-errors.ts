/** Why a store did not do what it was asked. Each says whether the same request may succeed later. */

/** The store can't keep up. Nothing was written; try again later. */
export class StoreBusyError extends Error {
  override readonly name = "StoreBusyError";
}

/** The medium failed. Nothing was written; the same write may succeed later. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** An insert met a span that exists. Nothing was written, and trying again changes nothing. */
export class SpanExistsError extends Error {
  override readonly name = "SpanExistsError";
  readonly spanId: string;

  constructor(spanId: string) {
    super("a span with this id exists");
    this.spanId = spanId;
  }
}

/** A span goes beyond what a store holds. Nothing of its request was written, and trying again changes nothing. */
export class SpanRefusedError extends Error {
  override readonly name = "SpanRefusedError";
  readonly spanId: string;

  /** @param message for the sender: what was expected and what came */
  constructor(spanId: string, message: string) {
    super(message);
    this.spanId = spanId;
  }
}

/**
 * What is stored of the spans that a write changes is more than one write may put together to compare. Nothing was
 * written; the same spans in several requests are taken.
 */
export class WriteTooLargeError extends Error {
  override readonly name = "WriteTooLargeError";
}

/** A read took longer than it may. */
export class ReadTimeoutError extends Error {
  override readonly name = "ReadTimeoutError";
}

/** The cursor is none that this list gave. */
export class BadCursorError extends Error {
  override readonly name = "BadCursorError";

  constructor() {
    super("the cursor is not one that this list gave");
  }
}
