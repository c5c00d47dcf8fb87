import { type SpanIdentity, withActiveSpan } from "../../recording/span/context.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { ownModelCall } from "../model-call/owner.ts";
import type { OtelReadableSpan } from "./api.ts";
import { typeOf } from "./gen-ai.ts";
import { dataOf, errorOf } from "./otel-fields.ts";
import { wallMsOf } from "./otel-time.ts";

/** A span of another process, as its headers name it. */
export interface RemoteParent {
  readonly remote: { readonly traceId: string; readonly spanId: string };
}

export type Parent = SpanIdentity | RemoteParent | undefined;

/**
 * What is recorded of one span of OpenTelemetry: a span of ours with the same ids, under the span of ours that stands
 * for its parent. It begins when the filter takes it, or when something below it is recorded: until then nothing is
 * known of it but by its descendants, and what nobody needs costs no record. Its ancestors begin with it.
 */
export class Recording implements SpanIdentity {
  readonly owner: object;
  readonly source: OtelReadableSpan;
  readonly #tracer: Tracer;
  #parent: Parent;
  #span: Span | undefined;
  #hasEnded = false;

  constructor(tracer: Tracer, owner: object, source: OtelReadableSpan, parent: Parent) {
    this.#tracer = tracer;
    this.owner = owner;
    this.source = source;
    this.#parent = parent;
  }

  /** As our own spans spell it; begins nothing. */
  get traceId(): string {
    if (this.#span !== undefined) return this.#span.traceId;
    const parent = this.#parent;
    if (parent === undefined) return this.source.spanContext().traceId;
    return "remote" in parent ? parent.remote.traceId : parent.traceId;
  }

  get id(): string {
    return this.span.id;
  }

  begin(): void {
    void this.span;
  }

  /** Begins it. */
  get span(): Span {
    if (this.#span !== undefined) return this.#span;
    const span = this.#start();
    this.#span = span;
    this.#parent = undefined;
    if (this.#hasEnded) this.#finish(span);
    return span;
  }

  /** @param isWanted whether it is recorded, should nothing else have asked for it */
  end(isWanted: () => boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#span !== undefined) this.#finish(this.#span);
    else if (isWanted()) this.begin();
  }

  #start(): Span {
    const { name, startTime, attributes } = this.source;
    const { traceId, spanId } = this.source.spanContext();
    const type = typeOf(attributes);
    const options = { id: spanId, type, data: dataOf(this.source), startTime: wallMsOf(startTime) };
    const parent = this.#parent;
    let span: Span;
    if (parent === undefined) span = this.#tracer.trace(traceId).startSpan(name, { ...options, parentId: null });
    else if ("remote" in parent) {
      const { remote } = parent;
      span = this.#tracer.trace(remote.traceId).startSpan(name, { ...options, parentId: remote.spanId });
    } else span = withActiveSpan(parent, () => this.#tracer.startSpan(name, options));
    if (type === "COMPLETION") ownModelCall(span);
    return span;
  }

  #finish(span: Span): void {
    span.name = this.source.name;
    span.setData(dataOf(this.source));
    const error = errorOf(this.source);
    if (error !== undefined) span.recordError(error);
    // An exception that was recorded and dealt with is none of the span's; one that says it was stopped is no failure.
    if (this.source.status.code !== 2) span.status = "OK";
    else if (span.status !== "CANCELED") span.status = "ERROR";
    span.end(wallMsOf(this.source.endTime));
  }
}
