import {
  formatTimestamp,
  type ObservabilityContext,
  type ServiceInfo,
  type SpanError,
  type SpanPhase,
  type SpanSnapshot,
  type SpanStatus,
  type SpanType,
  STANDING,
} from "@everspan/protocol";
import { bytesOf, isObjectNode, type JsonNode, toJson } from "../../capture/index.ts";
import type { CoreRecord } from "../core/index.ts";
import type { DiskPlace } from "./disk-place.ts";

/** What the short fields around the payloads weigh in JSON and in memory, roughly. */
const FRAME_BYTES = 512;

/** What all records of a span say alike. */
export interface RecordIdentity {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly taskId: string | undefined;
  readonly type: SpanType;
  readonly startMicros: number;
  readonly service: ServiceInfo | undefined;
  readonly obs: ObservabilityContext | undefined;
}

/** What a later record may say otherwise. */
export interface RecordState {
  readonly phase: SpanPhase;
  readonly revision: number;
  readonly name: string;
  readonly endMicros: number | undefined;
  readonly status: SpanStatus;
  readonly error: SpanError | undefined;
  readonly input: JsonNode | undefined;
  readonly output: JsonNode | undefined;
  readonly data: JsonNode | undefined;
}

export type SpanRecordFields = RecordIdentity & RecordState;

/**
 * A snapshot on its way, in captured form: the revision that lanes share. Becomes plain JSON in `toSnapshot`. One that no
 * batch holds may become the next revision of its span, see `revise`.
 */
export class SpanRecord implements CoreRecord, SpanRecordFields {
  phase!: SpanPhase;
  revision!: number;
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly taskId: string | undefined;
  name!: string;
  readonly type: SpanType;
  readonly startMicros: number;
  endMicros: number | undefined;
  status!: SpanStatus;
  error: SpanError | undefined;
  /** An equal payload that others hold too may take its place, and those after it. */
  input: JsonNode | undefined;
  output: JsonNode | undefined;
  data: JsonNode | undefined;
  readonly service: ServiceInfo | undefined;
  readonly obs: ObservabilityContext | undefined;

  bytes!: number;
  holders = 0;
  epoch = 0;
  offeredAtMs = 0;
  /** Where it lies on disk, or will; undefined without a spool. */
  onDisk: DiskPlace | undefined = undefined;

  constructor(identity: SpanRecordFields);
  constructor(identity: RecordIdentity, state: RecordState);
  constructor(identity: RecordIdentity, state: RecordState = identity as SpanRecordFields) {
    this.traceId = identity.traceId;
    this.id = identity.id;
    this.parentId = identity.parentId;
    this.taskId = identity.taskId;
    this.type = identity.type;
    this.startMicros = identity.startMicros;
    this.service = identity.service;
    this.obs = identity.obs;
    this.revise(state);
  }

  /** Makes it the next revision of its span. Only for who knows that nobody reads it, and what is held for it. */
  revise(state: RecordState): void {
    this.phase = state.phase;
    this.revision = state.revision;
    this.name = state.name;
    this.endMicros = state.endMicros;
    this.status = state.status;
    this.error = state.error;
    this.input = state.input;
    this.output = state.output;
    this.data = state.data;
    this.bytes = ownBytes(this) + payloadBytes(this.input) + payloadBytes(this.output) + payloadBytes(this.data);
  }

  /** As it is sent where nothing is withheld. */
  toRecord(): this {
    return this;
  }

  /**
   * The plain, deeply immutable picture that exporters and processors see. Made anew at each call.
   * @param json makes the plain form of a payload
   */
  toSnapshot(json: (payload: JsonNode) => unknown = toJson): SpanSnapshot {
    const snapshot: { -readonly [K in keyof SpanSnapshot]: SpanSnapshot[K] } = {
      phase: this.phase,
      revision: this.revision,
      traceId: this.traceId,
      id: this.id,
      name: this.name,
      type: this.type,
      startTime: formatTimestamp(this.startMicros),
      status: this.status,
    };
    if (this.parentId !== undefined) snapshot.parentId = this.parentId;
    if (this.taskId !== undefined) snapshot.taskId = this.taskId;
    if (this.endMicros !== undefined) snapshot.endTime = formatTimestamp(this.endMicros);
    if (this.error !== undefined) snapshot.error = this.error;
    if (this.input !== undefined) snapshot.input = json(this.input);
    if (this.output !== undefined) snapshot.output = json(this.output);
    if (this.data !== undefined && isObjectNode(this.data)) snapshot.data = json(this.data) as Record<string, unknown>;
    if (this.service !== undefined) snapshot.service = this.service;
    if (this.obs !== undefined) snapshot.obs = this.obs;
    return Object.freeze(snapshot);
  }
}

/**
 * What a span becomes that nobody has ended. Its own end, should it still come, is newer. An error that was recorded on
 * it is named in the message.
 */
export function endedWithoutEnd(record: SpanRecord, endMicros: number, { type, message }: SpanError): SpanRecord {
  const own = record.error;
  const error = { type, message: own === undefined ? message : `${message}; ${own.type}: ${own.message}` };
  return new SpanRecord({ ...record, phase: "ended", revision: STANDING, endMicros, status: "ERROR", error });
}

/** What a record weighs without its payloads: its frame, its name and the texts of its error. No other record shares it. */
export function ownBytes({ name, error }: RecordState): number {
  return FRAME_BYTES + name.length + (error === undefined ? 0 : error.message.length + (error.stack?.length ?? 0));
}

/** Estimated size of a payload as JSON, in bytes; 0 when there is none. */
export function payloadBytes(node: JsonNode | undefined): number {
  return node === undefined ? 0 : bytesOf(node);
}
