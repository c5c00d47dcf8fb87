/**
 * A web Response whose end can be awaited. On platforms that freeze the process after the response, the spans of a
 * streaming answer end with its body, not with the handler: a flush has to wait for that.
 */

export interface BodyLimits {
  /** How long nobody may ask for more before the wait is over: a body that is never read (HEAD) has no end. */
  readonly unreadMs: number;
  /** How long is waited in all, however much is read. */
  readonly totalMs: number;
}

export interface WatchedResponse {
  readonly response: Response;
  /** Settles when the body has ended, failed, is no longer wanted, or its time is up; never rejects. */
  readonly ended: Promise<void>;
}

/**
 * A plain response is replaced by one with the same bytes, which every runtime reads alike. One of a subclass
 * (`NextResponse`) stays the object that it is, with another `body`: its class and private state are the application's.
 */
export function watchBody(response: Response, limits: BodyLimits): WatchedResponse {
  try {
    const { body } = response;
    if (body === null || body.locked || response.bodyUsed) return { response, ended: Promise.resolve() };
    if (Object.getPrototypeOf(response) !== Response.prototype) return watchInPlace(response, limits);
    const watch = new BodyWatch(limits);
    return { response: new Response(watch.passThrough(body), response), ended: watch.ended };
  } catch {
    // A status that the constructor does not take, or an object that can't be changed (frozen, Deno can't even read it).
    return { response, ended: Promise.resolve() };
  }
}

function watchInPlace(response: Response, limits: BodyLimits): WatchedResponse {
  const watch = new BodyWatch(limits);
  const inherited = Object.getPrototypeOf(response) as Response;
  let passed: ReadableStream<Uint8Array> | undefined;
  const read = () => {
    // Taken when it is wanted: a clone that was made meanwhile has left another stream there.
    passed ??= watch.passThrough(Reflect.get(inherited, "body", response) as ReadableStream<Uint8Array>);
    return passed;
  };
  const throughStream = (name: "text" | "json" | "arrayBuffer" | "blob" | "formData" | "bytes") => ({
    value: () => new Response(read(), { headers: response.headers })[name as "text"](),
    configurable: true,
  });
  Object.defineProperties(response, {
    body: { get: read, configurable: true },
    text: throughStream("text"),
    json: throughStream("json"),
    arrayBuffer: throughStream("arrayBuffer"),
    blob: throughStream("blob"),
    formData: throughStream("formData"),
    bytes: throughStream("bytes"),
    bodyUsed: { get: () => passed?.locked ?? Reflect.get(inherited, "bodyUsed", response), configurable: true },
  });
  return { response, ended: watch.ended };
}

class BodyWatch {
  readonly ended: Promise<void>;
  readonly #limits: BodyLimits;
  #end!: () => void;
  #unread: Timer;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    let total: Timer;
    this.ended = new Promise((resolve) => {
      this.#end = () => {
        clearTimeout(total);
        clearTimeout(this.#unread);
        resolve();
      };
    });
    total = timer(this.#end, limits.totalMs);
    this.#rest();
  }

  /** The same bytes at the reader's own pace. */
  passThrough(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          clearTimeout(this.#unread);
          try {
            const { done, value } = await reader.read();
            if (!done) {
              controller.enqueue(value);
              this.#rest();
              return;
            }
            controller.close();
          } catch (error) {
            controller.error(error);
          }
          this.#end();
        },
        cancel: async (reason) => {
          this.#end();
          await reader.cancel(reason);
        },
      },
      // Nothing is asked of the application's stream before somebody reads.
      { highWaterMark: 0 },
    );
  }

  /** Nobody asks for more at this moment. */
  #rest(): void {
    clearTimeout(this.#unread);
    this.#unread = timer(this.#end, this.#limits.unreadMs);
  }
}

type Timer = NodeJS.Timeout | number | undefined;

/** The platform that was given the promise keeps the process; a timer of ours does not. */
function timer(run: () => void, delayMs: number): Timer {
  const made = setTimeout(run, delayMs) as NodeJS.Timeout | number;
  if (typeof made === "object") made.unref();
  return made;
}
