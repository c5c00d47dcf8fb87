/**
 * One tree of two kinds of spans. Where OpenTelemetry's context enters one of its spans, the span of ours that stands
 * for it becomes active too; where a span of ours is active within it, contexts of OpenTelemetry say so.
 */
import { otlpSpanId, otlpTraceId } from "@everspan/protocol";
import { type Method, replaceMethod } from "../../recording/following/members.ts";
import { activeSpanOf, type SpanIdentity, withActiveSpan } from "../../recording/span/context.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { readTraceState } from "../propagation/tracestate.ts";
import type { OtelContext, OtelContextManager, OtelSpanContext } from "./api.ts";
import type { Parent } from "./recording.ts";
import { contextManager, spanIn } from "./running-context.ts";

/** In a context: the span of ours that is active, for as long as the context's own span is the one it was then. */
const KEY = Symbol.for("everspan.otel.active");

interface Stamp {
  readonly owner: object;
  readonly identity: SpanIdentity;
  readonly span: object | undefined;
}

const bridges = new WeakMap<Tracer, Bridge>();

export class Bridge {
  readonly tracer: Tracer;
  /** By this the tracer's spans are known. */
  readonly owner: object;
  /** By the span of OpenTelemetry that it stands for. */
  readonly #identities = new WeakMap<object, SpanIdentity>();
  readonly #followed = new WeakSet<object>();

  static of(tracer: Tracer): Bridge {
    const known = bridges.get(tracer);
    if (known !== undefined) return known;
    const bridge = new Bridge(tracer);
    bridges.set(tracer, bridge);
    return bridge;
  }

  private constructor(tracer: Tracer) {
    this.tracer = tracer;
    this.owner = tracer.trace(undefined).startSpan("").owner;
  }

  /** From now on the identity stands for the span in every context. */
  identify(span: object, identity: SpanIdentity): void {
    this.#identities.set(span, identity);
  }

  /** The span of ours that is active here; it need not have begun. */
  get active(): SpanIdentity | undefined {
    return activeSpanOf(this.owner);
  }

  /** The span of ours that a span starting in this context belongs under; or another process's. */
  parentIn(context: OtelContext): Parent {
    const manager = contextManager();
    const isNew = manager === undefined || this.follow(manager);
    const identity = this.identityIn(context);
    if (identity !== undefined) return identity;
    const span = spanIn(context);
    if (span !== undefined) return remoteParent(span);
    // No context was there yet to say which span of ours is active.
    return isNew ? this.active : undefined;
  }

  identityIn(context: OtelContext): SpanIdentity | undefined {
    const span = spanIn(context);
    const stamp = context.getValue(KEY) as Stamp | undefined;
    if (stamp?.owner === this.owner && stamp.span === span) return stamp.identity;
    return span === undefined ? undefined : this.#identities.get(span);
  }

  /** Runs what a context is entered for. */
  enter<T>(context: OtelContext, run: () => T): T {
    const identity = this.identityIn(context);
    return identity === undefined || identity === this.active ? run() : withActiveSpan(identity, run);
  }

  /** The context as it is here: with the span of ours that was entered since. */
  stamped(context: OtelContext): OtelContext {
    const identity = this.active;
    if (identity === undefined || identity === this.identityIn(context)) return context;
    const stamp: Stamp = { owner: this.owner, identity, span: spanIn(context) };
    return context.setValue(KEY, stamp);
  }

  /**
   * Contexts of the application's own manager are entered and asked for as above. What OpenTelemetry sees of them, its
   * spans above all, stays the same.
   * @returns whether it was not followed before
   */
  follow(manager: OtelContextManager): boolean {
    if (this.#followed.has(manager)) return false;
    this.#followed.add(manager);
    const bridge = this;
    const { active, with: enter } = manager;
    replaceMethod(manager, "active", function (this: unknown) {
      return bridge.stamped(Reflect.apply(active, this, []) as OtelContext);
    });
    replaceMethod(manager, "with", function (this: unknown, context, ...rest) {
      return bridge.enter(context as OtelContext, () => Reflect.apply(enter as Method, this, [context, ...rest]));
    } as Method);
    return true;
  }

  /** The manager needs no more than it does itself. */
  knows(manager: OtelContextManager): void {
    this.#followed.add(manager);
  }
}

/** Undefined when the span has no ids: it is nobody's parent. */
function remoteParent(span: object): Parent {
  const context = (span as { spanContext?: () => OtelSpanContext }).spanContext?.();
  if (context === undefined || otlpTraceId(context.traceId) !== context.traceId) return undefined;
  if (otlpSpanId(context.spanId) !== context.spanId) return undefined;
  const { traceId, spanId } = context;
  const parent = { traceId, spanId, sampled: true };
  const { own } = readTraceState(context.traceState?.serialize(), parent);
  return { remote: own ?? { traceId, spanId } };
}
