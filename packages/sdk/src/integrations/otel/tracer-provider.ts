import { newTraceId, otlpSpanId, otlpTraceId } from "@everspan/protocol";
import type {
  OtelContext,
  OtelReadableSpan,
  OtelScope,
  OtelSpan,
  OtelSpanContext,
  OtelSpanOptions,
  OtelTracer,
  OtelTracerProvider,
} from "./api.ts";
import type { Bridge } from "./bridge.ts";
import { activeSpanIn, NativeSpan } from "./native-span.ts";
import { bridgeOf, type EverspanOtelOptions, filterOf } from "./options.ts";
import { ProviderSpan } from "./provider-span.ts";
import { type Parent, Recording } from "./recording.ts";
import { contextManager, isSuppressed, ROOT, spanIn, withSpanIn } from "./running-context.ts";
import { traceStateOf } from "./trace-state.ts";

/**
 * A tracer provider that is Everspan: no SDK of OpenTelemetry is needed. For libraries that take a `tracer` or a
 * provider (`experimental_telemetry.tracer` of the AI SDK up to 6, `setTracerProvider` of an instrumentation), and for
 * `trace.setGlobalTracerProvider`.
 */
export function everspanTracerProvider(options: EverspanOtelOptions = {}): OtelTracerProvider {
  const filter = filterOf(options);
  return {
    getTracer: (name, version, more) =>
      new ProviderTracer(
        { name: String(name ?? ""), version, schemaUrl: more?.schemaUrl },
        () => bridgeOf(options),
        filter,
      ),
  };
}

class ProviderTracer implements OtelTracer {
  readonly #scope: OtelScope;
  readonly #bridge: () => Bridge;
  readonly #filter: (span: OtelReadableSpan) => boolean;

  constructor(scope: OtelScope, bridge: () => Bridge, filter: (span: OtelReadableSpan) => boolean) {
    this.#scope = scope;
    this.#bridge = bridge;
    this.#filter = filter;
  }

  startSpan(name: string, options: OtelSpanOptions = {}, context?: OtelContext): OtelSpan {
    const bridge = this.#bridge();
    const within = context ?? activeContext(bridge);
    const parent = options.root === true ? undefined : bridge.parentIn(within);
    const above = parent === undefined ? undefined : contextAbove(within, parent);
    const ids = idsUnder(above, parent);
    if (isSuppressed(within) || (above !== undefined && (above.traceFlags & 1) === 0)) return unsampled(bridge, ids);
    const span = new ProviderSpan(this.#scope, { ...ids, traceFlags: 1 }, name, options);
    const recording = new Recording(bridge.tracer, bridge.owner, span, parent);
    bridge.identify(span, recording);
    span.onEnd(() => recording.end(() => this.#filter(span)));
    if (this.#filter(span)) recording.begin();
    return span;
  }

  startActiveSpan<F extends (span: OtelSpan) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const [options, context] = rest.slice(0, -1) as [OtelSpanOptions?, OtelContext?];
    const bridge = this.#bridge();
    const within = context ?? activeContext(bridge);
    const span = this.startSpan(name, options, within);
    const inner = withSpanIn(within, span);
    const manager = contextManager();
    const run = () => fn(span) as ReturnType<F>;
    return manager === undefined ? bridge.enter(inner, run) : manager.with(inner, run);
  }
}

/** The running context; where no manager keeps one, a context with the active span of ours. */
function activeContext(bridge: Bridge): OtelContext {
  const manager = contextManager();
  if (manager === undefined) return activeSpanIn(bridge, ROOT);
  bridge.follow(manager);
  return manager.active();
}

/** The span context of the parent, in whichever way the context holds it. */
function contextAbove(context: OtelContext, parent: NonNullable<Parent>): OtelSpanContext | undefined {
  if (parent instanceof Recording) return parent.source.spanContext();
  const isRecorded = !("remote" in parent) && parent.id !== "";
  if (!isRecorded) return (spanIn(context) as OtelSpan | undefined)?.spanContext();
  return { traceId: otlpTraceId(parent.traceId), spanId: otlpSpanId(parent.id), traceFlags: 1 };
}

function idsUnder(above: OtelSpanContext | undefined, parent: Parent): OtelSpanContext {
  const traceId = above?.traceId ?? newTraceId();
  const spanId = newTraceId().slice(16);
  // As our own spans spell it: in `tracestate` it goes along.
  const own = parent === undefined ? undefined : "remote" in parent ? parent.remote.traceId : parent.traceId;
  return { traceId, spanId, traceFlags: 0, ...traceStateOf({ traceId: own || traceId, spanId }, above?.traceState) };
}

/** The caller, or whoever suppressed tracing, decided not to record: what begins inside it is not recorded either. */
function unsampled(bridge: Bridge, context: OtelSpanContext): OtelSpan {
  const nothing = bridge.tracer.trace(undefined).startSpan("");
  const span = new NativeSpan(nothing, context);
  bridge.identify(span, nothing);
  return span;
}
