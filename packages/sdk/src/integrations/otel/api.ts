/**
 * What is used of OpenTelemetry's API (`@opentelemetry/api` 1.x) and of the spans of its SDKs (1.x to 3.x), typed by
 * its shape: no package of it is imported.
 */

/** Seconds and nanoseconds since 1970. */
export type OtelHrTime = [number, number];

export type OtelTimeInput = OtelHrTime | number | Date;

export type OtelAttributeValue =
  | string
  | number
  | boolean
  | (null | undefined | string)[]
  | (null | undefined | number)[]
  | (null | undefined | boolean)[];

export interface OtelAttributes {
  [name: string]: OtelAttributeValue | undefined;
}

export interface OtelTraceState {
  get(key: string): string | undefined;
  set(key: string, value: string): OtelTraceState;
  unset(key: string): OtelTraceState;
  serialize(): string;
}

export interface OtelSpanContext {
  traceId: string;
  spanId: string;
  isRemote?: boolean;
  traceFlags: number;
  traceState?: OtelTraceState;
}

export interface OtelLink {
  context: OtelSpanContext;
  attributes?: OtelAttributes;
  droppedAttributesCount?: number;
}

export interface OtelStatus {
  /** 0 unset, 1 ok, 2 error. */
  code: number;
  message?: string;
}

export type OtelException = string | { code?: string | number; name?: string; message?: string; stack?: string };

export interface OtelSpan {
  spanContext(): OtelSpanContext;
  setAttribute(name: string, value: OtelAttributeValue): this;
  setAttributes(attributes: OtelAttributes): this;
  addEvent(name: string, attributesOrTime?: OtelAttributes | OtelTimeInput, time?: OtelTimeInput): this;
  addLink(link: OtelLink): this;
  addLinks(links: OtelLink[]): this;
  setStatus(status: OtelStatus): this;
  updateName(name: string): this;
  end(endTime?: OtelTimeInput): void;
  isRecording(): boolean;
  recordException(exception: OtelException, time?: OtelTimeInput): void;
}

export interface OtelSpanOptions {
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  kind?: number | undefined;
  attributes?: OtelAttributes | undefined;
  links?: OtelLink[] | undefined;
  startTime?: OtelTimeInput | undefined;
  root?: boolean | undefined;
}

export interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}

export interface OtelTracer {
  startSpan(name: string, options?: OtelSpanOptions, context?: OtelContext): OtelSpan;
  startActiveSpan<F extends (span: OtelSpan) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => unknown>(name: string, options: OtelSpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => unknown>(
    name: string,
    options: OtelSpanOptions,
    context: OtelContext,
    fn: F,
  ): ReturnType<F>;
}

export interface OtelTracerProvider {
  getTracer(name: string, version?: string, options?: { readonly schemaUrl?: string }): OtelTracer;
}

export interface OtelContextManager {
  active(): OtelContext;
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OtelContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F>;
  bind<T>(context: OtelContext, target: T): T;
  enable(): this;
  disable(): this;
}

export interface OtelScope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
}

export interface OtelEvent {
  readonly name: string;
  readonly time: OtelHrTime;
  readonly attributes?: object;
  readonly droppedAttributesCount?: number;
}

/** A span of an SDK as its processors see it, while it is open and when it has ended. */
export interface OtelReadableSpan {
  readonly name: string;
  readonly kind: number;
  spanContext(): OtelSpanContext;
  readonly startTime: OtelHrTime;
  readonly endTime: OtelHrTime;
  readonly status: OtelStatus;
  readonly attributes: object;
  readonly links: readonly { readonly context: OtelSpanContext; readonly attributes?: object }[];
  readonly events: readonly OtelEvent[];
  readonly resource?: { readonly attributes?: object } | undefined;
  /** In 2.x and 3.x. */
  readonly instrumentationScope?: OtelScope;
  /** In 1.x. */
  readonly instrumentationLibrary?: OtelScope;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}

/** What an SDK takes in `spanProcessors`. */
export interface OtelSpanProcessor {
  onStart(span: OtelReadableSpan, parentContext: OtelContext): void;
  onEnd(span: OtelReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The package `@opentelemetry/api`, as a program has it. */
export interface OtelApi {
  readonly trace: {
    // biome-ignore lint/suspicious/noExplicitAny: the API of any version is taken
    setGlobalTracerProvider(provider: any): unknown;
    disable(): void;
  };
  readonly context: {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    setGlobalContextManager(manager: any): boolean;
    disable(): void;
  };
}
