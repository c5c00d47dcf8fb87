/** A payload of Temporal's, as its converters make them. */
export interface Payload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

export type TemporalHeaders = Readonly<Record<string, Payload>>;

/** Whom a run or an activity belongs to, as its header says. */
export interface Parent {
  readonly traceId: string;
  readonly spanId: string;
}
