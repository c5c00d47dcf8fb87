import { isSpanType, type SpanPhase, type SpanStatus } from "@everspan/protocol";
import type { JsonNode } from "../capture/index.ts";
import { endedForIt, SpanRecord, type SpanRecordFields } from "../delivery/span-record.ts";
import type { SpoolBlob } from "../spool/index.ts";
import { PayloadEncoder } from "./spooled-payload.ts";
import { PayloadReader } from "./spooled-payload-reader.ts";

/** Records as the spool keeps them: the head is the JSON of everything but the payloads' large parts, which are blobs. */
export interface EncodedRecord {
  readonly head: Buffer;
  readonly blobs: readonly SpoolBlob[];
}

const PAYLOADS = ["input", "output", "data"] as const;

export class RecordEncoder {
  readonly #payloads = new PayloadEncoder();

  encode(record: SpanRecord): EncodedRecord {
    const { phase, revision, traceId, id, parentId, taskId, name, type, startMicros, endMicros } = record;
    const { status, error, service, obs } = record;
    const plain = { phase, revision, traceId, id, parentId, taskId, name, type, startMicros, endMicros };
    let head = JSON.stringify({ ...plain, status, error, service, obs }).slice(0, -1);
    for (const payload of PAYLOADS) {
      const node = record[payload];
      if (node !== undefined) head += `,"${payload}":${this.#payloads.text(node)}`;
    }
    return { head: Buffer.from(`${head}}`), blobs: this.#payloads.takeBlobs() };
  }
}

export class RecordDecoder {
  readonly #payloads = new PayloadReader();

  /** Undefined for bytes that are no record: the checksum held, but another version wrote them. */
  decode(head: Uint8Array, blobs: ReadonlyMap<string, Uint8Array>): SpanRecord | undefined {
    try {
      const fields = JSON.parse(Buffer.from(head).toString()) as { readonly [name: string]: unknown };
      return isRecord(fields) ? this.#record(fields, blobs) : undefined;
    } catch {
      return undefined;
    }
  }

  #record(fields: StoredFields, blobs: ReadonlyMap<string, Uint8Array>): SpanRecord {
    const payload = (name: (typeof PAYLOADS)[number]): JsonNode | undefined =>
      fields[name] === undefined ? undefined : this.#payloads.node(fields[name], blobs);
    const { parentId, taskId, endMicros, error, service, obs } = fields;
    const absent = { parentId, taskId, endMicros, error, service, obs };
    const payloads = { input: payload("input"), output: payload("output"), data: payload("data") };
    return new SpanRecord({ ...fields, ...absent, ...payloads });
  }
}

type StoredFields = Omit<SpanRecordFields, "input" | "output" | "data"> & {
  readonly [Name in (typeof PAYLOADS)[number]]?: unknown;
};

function isRecord(fields: { readonly [name: string]: unknown }): fields is StoredFields & typeof fields {
  const { phase, revision, traceId, id, name, type, startMicros, status } = fields as {
    phase?: SpanPhase;
    status?: SpanStatus;
  } & { readonly [name: string]: unknown };
  return (
    (phase === "started" || phase === "ended") &&
    (status === "OK" || status === "ERROR" || status === "CANCELED") &&
    [traceId, id, name].every((text) => typeof text === "string") &&
    [revision, startMicros].every((number) => Number.isFinite(number)) &&
    isSpanType(type)
  );
}

/** What a span becomes whose process died before it ended it. */
export function interrupted(record: SpanRecord, lastSignOfLifeMs: number): SpanRecord {
  return endedForIt(record, Math.max(record.startMicros, Math.floor(lastSignOfLifeMs * 1000)), {
    type: "Interrupted",
    message: "the process ended before the span did; the end time is the last sign of life",
  });
}
