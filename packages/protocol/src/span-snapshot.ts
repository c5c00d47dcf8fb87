import type { SpanType } from "./span-type.ts";

export type SpanPhase = "started" | "ended";

export type SpanStatus = "OK" | "ERROR" | "CANCELED";

export interface SpanError {
  /** The error's class, e.g. `TypeError`. */
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}

/** Who recorded a span. `agentName`, `agentId` and `acpType` become Agentex's reserved keys in the SGP dialect. */
export interface ServiceInfo {
  readonly name?: string;
  readonly version?: string;
  readonly agentName?: string;
  readonly agentId?: string;
  readonly acpType?: string;
}

/** Correlation with the active OpenTelemetry span: 32 and 16 lowercase hex digits (W3C Trace Context). */
export interface ObservabilityContext {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * The immutable picture of a span that travels. An `ended` snapshot is self-contained: it alone
 * reconstructs the span, so losing or re-ordering the `started` one changes nothing.
 */
export interface SpanSnapshot {
  readonly phase: SpanPhase;
  /** Grows with each snapshot of one span. Within a phase the higher revision wins, see `merge.ts`. */
  readonly revision: number;
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly taskId?: string;
  readonly name: string;
  readonly type: SpanType;
  /** RFC 3339 UTC with microseconds, e.g. `2026-01-31T12:00:00.000000Z`. The same text in every snapshot of one span. */
  readonly startTime: string;
  readonly endTime?: string;
  readonly status: SpanStatus;
  readonly error?: SpanError;
  /** Deeply immutable JSON. */
  readonly input?: unknown;
  readonly output?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly service?: ServiceInfo;
  readonly obs?: ObservabilityContext;
}
