import type { Following } from "../../recording/following/followed-span.ts";
import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { modelCallOwner, noteRequest } from "./owner.ts";

/** Puts a stream's chunks together as the reply that would have come without streaming. */
export interface ReplyBuilder {
  add(chunk: unknown): void;
  /** What there is of it so far; undefined when nothing came. */
  reply(): unknown;
}

/** One operation of a client that asks a model. */
export interface ModelOperation {
  /** The span's name: the method's path. */
  readonly name: string;
  /** The path of what asks, once for each request, where that is another. Default: `name`. */
  readonly method?: string | undefined;
  readonly provider: string;
  readonly type: "COMPLETION" | "STANDALONE" | "RERANKING";
  /** Which argument says what is asked. Default: 0, the first. */
  readonly at?: number | undefined;
  /** For what can be streamed. */
  readonly builder?: (() => ReplyBuilder) | undefined;
  /** What is kept of a reply. Default: all of it. */
  readonly keep?: ((reply: unknown) => unknown) | undefined;
  /** What a reply says elsewhere than most do: `responseId`, `model`, `usage` and others of the span's `data`. */
  readonly facts?: ((reply: unknown) => Readonly<Record<string, unknown>>) | undefined;
}

const abandoned = new FinalizationRegistry<ModelCall>((call) => call.abandon());

/** A span's call while it is open, for what is told of it from elsewhere in its context. */
const CALL = Symbol("everspan.model-call");
/** Of a framework's span: requests under it that failed. The framework tries again by a call of its own. */
const FAILED = Symbol("everspan.model-call.failed");
type CallSpan = Span & { [CALL]?: ModelCall | undefined; [FAILED]?: number };

/** The call in whose context this runs. */
export function activeModelCall(tracer: Tracer): ModelCall | undefined {
  return (tracer.activeSpan() as CallSpan | undefined)?.[CALL];
}

/**
 * The span of one request to a model: its own, or, where a framework has opened one for this request, the framework's,
 * to which only what the client knows is added. Ends once, at the first of several ends.
 */
export class ModelCall implements Following {
  readonly span: CallSpan;
  readonly #operation: ModelOperation;
  readonly #isOwned: boolean;
  /** The span's `data`, as long as nobody else has set it. */
  readonly #data: Record<string, unknown> | undefined;
  #builder: ReplyBuilder | undefined;
  readonly #startedMs: number;
  #lastActiveMs: number;
  #chunks = 0;
  #isOpen = true;
  #isWatched = false;

  constructor(tracer: Tracer, operation: ModelOperation, request: unknown) {
    const owner = modelCallOwner(tracer, request);
    this.#operation = operation;
    this.#isOwned = owner !== undefined;
    if (owner === undefined) {
      const { name, type, provider } = operation;
      this.#data = { provider, model: firstOf(request, "model", "modelId") };
      this.span = tracer.startSpan(name, { type, input: request, data: this.#data });
    } else {
      this.span = owner;
      noteRequest(owner, "sent");
    }
    if (this.span[FAILED]) this.attempted(this.span[FAILED] + 1);
    this.#startedMs = this.#lastActiveMs = this.span.nowMs();
    this.span[CALL] = this;
  }

  /** A stream may come in the reply's place. */
  get isStreamed(): boolean {
    return this.#operation.builder !== undefined;
  }

  get isOpen(): boolean {
    return this.#isOpen && this.span.isRecording;
  }

  /** The head of the response has come. */
  answered(requestId: string | null | undefined): void {
    this.#lastActiveMs = this.span.nowMs();
    if (requestId) this.#note({ requestId });
  }

  /** @param count requests that were sent for this call so far */
  attempted(count: number): void {
    if (count > 1) this.#note({ attempts: count });
  }

  item(chunk: unknown): void {
    if (!this.isOpen) return;
    this.#lastActiveMs = this.span.nowMs();
    if (this.#chunks++ === 0) this.#note({ timeToFirstTokenMs: this.#lastActiveMs - this.#startedMs });
    try {
      this.#builder ??= this.#operation.builder?.();
      this.#builder?.add(chunk);
    } catch {
      // A chunk of a shape that we don't know is left out.
    }
  }

  succeed(reply: unknown): void {
    if (!this.isOpen) return;
    this.#keep(reply);
    this.#end();
  }

  finish(): void {
    if (!this.isOpen) return;
    this.#keepStreamed();
    this.#end();
  }

  fail(error: unknown): void {
    if (!this.isOpen) return;
    this.#keepStreamed();
    this.#note({
      requestId: memberOf(error, "requestID") ?? memberOf(error, "request_id"),
      status: memberOf(error, "status"),
    });
    if (this.#isOwned) {
      this.span[FAILED] = (this.span[FAILED] ?? 0) + 1;
      noteRequest(this.span, "failed");
    } else this.span.recordError(error);
    this.#end();
  }

  cancel(): void {
    if (!this.isOpen) return;
    this.#keepStreamed();
    if (!this.#isOwned) this.span.status = "CANCELED";
    this.#end();
  }

  watch(result: object): void {
    this.unwatch();
    if (!this.isOpen) return;
    abandoned.register(result, this, this);
    this.#isWatched = true;
  }

  unwatch(): void {
    if (this.#isWatched) abandoned.unregister(this);
    this.#isWatched = false;
  }

  /** Nobody will read the reply: the call lasted as long as something was seen of it. */
  abandon(): void {
    if (!this.isOpen) return;
    this.#keepStreamed();
    this.#note({ "everspan.unconsumed": true });
    this.#end(this.#lastActiveMs);
  }

  #keepStreamed(): void {
    if (this.#chunks === 0) return;
    this.#note({ chunks: this.#chunks });
    try {
      this.#keep(this.#builder?.reply());
    } catch {
      // As above.
    }
  }

  #keep(reply: unknown): void {
    if (reply === undefined) return;
    const isNew = this.span.output === undefined;
    if (!this.#isOwned && isNew) this.span.output = this.#operation.keep?.(reply) ?? reply;
    const usage = memberOf(this.span.data, "usage") ?? firstOf(reply, "usage", "usageMetadata");
    this.#note({
      responseId: firstOf(reply, "id", "responseId"),
      model: firstOf(reply, "model", "modelVersion"),
      usage,
    });
    const facts = this.#operation.facts?.(reply);
    if (facts !== undefined) this.#note(facts);
  }

  #note(facts: Record<string, unknown>): void {
    const { span } = this;
    if (!span.isRecording) return;
    const isOurs = this.#data !== undefined && span.data === this.#data;
    const data = isOurs ? this.#data : {};
    for (const name in facts) if (facts[name] !== undefined) data[name] = facts[name];
    if (!isOurs) span.setData(data);
  }

  #end(atMs?: number): void {
    this.#isOpen = false;
    this.#builder = this.span[CALL] = undefined;
    this.unwatch();
    if (!this.#isOwned) this.span.endAt(atMs);
  }
}

/** The first of these that the object has: providers spell them in few ways. */
function firstOf(object: unknown, ...names: string[]): unknown {
  for (const name of names) {
    const value = memberOf(object, name);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}
