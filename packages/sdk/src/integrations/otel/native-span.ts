import { otlpSpanId, otlpTraceId } from "@everspan/protocol";
import type { SpanIdentity } from "../../recording/span/context.ts";
import { Span } from "../../recording/span/span.ts";
import type {
  OtelAttributes,
  OtelContext,
  OtelEvent,
  OtelException,
  OtelLink,
  OtelSpanContext,
  OtelStatus,
  OtelTimeInput,
} from "./api.ts";
import type { Bridge } from "./bridge.ts";
import { errorOf, eventFields, linkFields } from "./otel-fields.ts";
import { hrTimeOf, wallMsOf } from "./otel-time.ts";
import { Recording } from "./recording.ts";
import { withSpanIn } from "./running-context.ts";
import { traceStateOf } from "./trace-state.ts";
import { WritableSpan } from "./writable-span.ts";

const MAX_EVENTS = 128;

const known = new WeakMap<SpanIdentity, NativeSpan>();

/** The context with the span that is active here, be it ours. */
export function activeSpanIn(bridge: Bridge, context: OtelContext): OtelContext {
  const identity = bridge.active;
  if (identity === undefined || identity === bridge.identityIn(context)) return context;
  if (identity instanceof Recording) return withSpanIn(context, identity.source);
  const active = identity instanceof Span ? identity : identity.span;
  if (!(active instanceof Span)) return context;
  const span = known.get(active) ?? new NativeSpan(active);
  known.set(active, span);
  bridge.identify(span, active);
  return withSpanIn(context, span);
}

/** One of our spans as OpenTelemetry's API sees it: what is written to it is kept in its `data`. */
export class NativeSpan extends WritableSpan {
  readonly #span: Span;
  readonly #context: OtelSpanContext;
  readonly #events: object[] = [];
  readonly #links: object[] = [];

  /** @param context Default: the span's ids. */
  constructor(span: Span, context?: OtelSpanContext) {
    super();
    this.#span = span;
    this.#context = context ?? contextOf(span);
  }

  spanContext(): OtelSpanContext {
    return this.#context;
  }

  isRecording(): boolean {
    return this.#span.isRecording;
  }

  setAttributes(attributes: OtelAttributes): this {
    this.#span.setData(attributes);
    return this;
  }

  addLinks(links: OtelLink[]): this {
    if (this.#links.length < MAX_EVENTS) this.#links.push(...links.map(linkFields));
    return this.#note();
  }

  setStatus({ code, message }: OtelStatus): this {
    if (code === 2 && message !== undefined) this.#span.recordError(errorOf({ events: [], status: { code, message } }));
    this.#span.status = code === 2 ? "ERROR" : "OK";
    return this;
  }

  updateName(name: string): this {
    this.#span.name = name;
    return this;
  }

  end(endTime?: OtelTimeInput): void {
    this.#span.end(endTime === undefined ? undefined : wallMsOf(hrTimeOf(endTime)));
  }

  /** Of an exception that the application dealt with too: only `setStatus` says that the span failed. */
  override recordException(exception: OtelException, time?: OtelTimeInput): void {
    const { status } = this.#span;
    super.recordException(exception, time);
    this.#span.recordError(exception);
    this.#span.status = status;
  }

  protected event(event: OtelEvent): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push(eventFields(event));
    this.#note();
  }

  #note(): this {
    const fields = {
      ...(this.#events.length > 0 && { events: [...this.#events] }),
      ...(this.#links.length > 0 && { links: [...this.#links] }),
    };
    this.#span.setData({ __otel__: fields });
    return this;
  }
}

/** A span that is not recorded has no ids. */
function contextOf({ traceId, id }: Span): OtelSpanContext {
  if (id === "") return { traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 };
  const traceState = traceStateOf({ traceId, spanId: id }, undefined);
  return { traceId: otlpTraceId(traceId), spanId: otlpSpanId(id), traceFlags: 1, ...traceState };
}
