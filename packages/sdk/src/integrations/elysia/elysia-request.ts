import type { Following } from "../../recording/following/followed-span.ts";
import { followIterable, followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, memberOf, methodOf } from "../../recording/following/members.ts";
import { isThenable } from "../../recording/following/promises.ts";
import { followWebStream, isWebStream } from "../../recording/following/streams.ts";
import type { Span } from "../../recording/span/span.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { ServedRequest } from "../served-request/served-request.ts";

/** One request of Elysia's: ended with its response, or with what a handler streams. */
export class ElysiaRequest implements Following {
  readonly #served: ServedRequest;
  readonly #request: Request;
  #status: number | undefined;
  #isStreaming = false;

  constructor(served: ServedRequest, request: Request) {
    this.#served = served;
    this.#request = request;
    // A stream that waits for something is not told that nobody reads it any more.
    quietly(() => request.signal.addEventListener("abort", () => this.#end(true), { once: true }));
  }

  get span(): Span {
    return this.#served.span;
  }

  /** @returns what `answer` returns */
  answerBy(answer: () => unknown): unknown {
    const response = this.#served.run(answer);
    if (!isThenable(response)) {
      this.#answered(response);
      return response;
    }
    return response.then(
      (value) => {
        this.#answered(value);
        return value;
      },
      (error: unknown) => {
        this.fail(error);
        throw error;
      },
    );
  }

  /** What a handler answered, before it is made a response. A body that is there already is not touched. */
  handled(route: unknown, answer: unknown): void {
    this.#served.matched(route);
    const stream = answer instanceof Response ? eventsOf(answer) : answer;
    if (!isTouchable(stream)) return;
    if (isWebStream(stream)) this.#isStreaming = followWebStream(stream, this);
    else if (methodOf(stream, "next") !== undefined) this.#isStreaming = followIterator(stream, this) === stream;
    else if (methodOf(stream, Symbol.asyncIterator) !== undefined) this.#isStreaming = followIterable(stream, this);
  }

  failed(route: unknown, error: unknown): void {
    this.#served.matched(route);
    this.#served.fail(error);
  }

  item(): void {}

  /** Elysia reads streams to their end. */
  watch(): void {}

  finish(): void {
    this.#end();
  }

  fail(error: unknown): void {
    this.#served.fail(error);
    this.#end();
  }

  cancel(): void {
    this.#end(true);
  }

  #answered(response: unknown): void {
    quietly(() => {
      const status = memberOf(response, "status");
      if (typeof status === "number") this.#status = status;
      if (!this.#isStreaming) this.#end();
    });
  }

  #end(wasCut = this.#request.signal.aborted): void {
    this.#served.end(this.#status, wasCut);
  }
}

/** To ask a response for its body turns text into a stream on some runtimes: asked only where it is one. */
function eventsOf(response: Response): unknown {
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("text/event-stream") ? response.body : undefined;
}
