import type {
  OtelAttributes,
  OtelEvent,
  OtelHrTime,
  OtelLink,
  OtelReadableSpan,
  OtelScope,
  OtelSpanContext,
  OtelSpanOptions,
  OtelStatus,
  OtelTimeInput,
} from "./api.ts";
import { hrTimeOf } from "./otel-time.ts";
import { WritableSpan } from "./writable-span.ts";

/** Most attributes of a span, and most events and links: the rest is counted. */
const MAX_ATTRIBUTES = 1_024;
const MAX_EVENTS = 128;

/** A span that a tracer of ours made: what is written to it, until it ends. */
export class ProviderSpan extends WritableSpan implements OtelReadableSpan {
  name: string;
  readonly kind: number;
  readonly instrumentationScope: OtelScope;
  readonly startTime: OtelHrTime;
  endTime: OtelHrTime;
  status: OtelStatus = { code: 0 };
  readonly attributes: OtelAttributes = {};
  readonly events: OtelEvent[] = [];
  readonly links: OtelLink[] = [];
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  readonly #context: OtelSpanContext;
  #onEnd: (() => void) | undefined;

  constructor(scope: OtelScope, context: OtelSpanContext, name: string, options: OtelSpanOptions) {
    super();
    this.instrumentationScope = scope;
    this.#context = context;
    this.name = String(name);
    this.kind = options.kind ?? 0;
    this.startTime = this.endTime = hrTimeOf(options.startTime);
    this.#onEnd = () => {};
    this.setAttributes(options.attributes ?? {});
    this.addLinks(options.links ?? []);
  }

  /** @param onEnd called once */
  onEnd(onEnd: () => void): void {
    this.#onEnd = onEnd;
  }

  spanContext(): OtelSpanContext {
    return this.#context;
  }

  isRecording(): boolean {
    return this.#onEnd !== undefined;
  }

  setAttributes(attributes: OtelAttributes): this {
    if (!this.isRecording()) return this;
    let count = Object.keys(this.attributes).length;
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null) continue;
      const isKnown = Object.hasOwn(this.attributes, name);
      if (!isKnown && count >= MAX_ATTRIBUTES) this.droppedAttributesCount += 1;
      else this.attributes[name] = value;
      if (!isKnown) count += 1;
    }
    return this;
  }

  addLinks(links: OtelLink[]): this {
    if (!this.isRecording()) return this;
    const kept = links.slice(0, MAX_EVENTS - this.links.length);
    this.links.push(...kept);
    this.droppedLinksCount += links.length - kept.length;
    return this;
  }

  /** Ok is final: what a library finds out later does not change what the application said. */
  setStatus(status: OtelStatus): this {
    if (this.isRecording() && this.status.code !== 1) this.status = { ...status };
    return this;
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = String(name);
    return this;
  }

  end(endTime?: OtelTimeInput): void {
    const onEnd = this.#onEnd;
    if (onEnd === undefined) return;
    this.#onEnd = undefined;
    this.endTime = hrTimeOf(endTime);
    onEnd();
  }

  protected event(event: OtelEvent): void {
    if (!this.isRecording()) return;
    if (this.events.length < MAX_EVENTS) this.events.push(event);
    else this.droppedEventsCount += 1;
  }
}
