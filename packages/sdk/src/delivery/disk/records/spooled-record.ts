/**
 * Records as the spool keeps them. A head is the JSON of `[identity, phase, revision, fields, …]`: what the span is, see
 * `spooled-identity.ts`; 0 for a START, 1 for an END; and for each bit of `fields`, from the lowest, what follows: the
 * output, the data, the duration in microseconds, `[status, error]` where the status is not OK. The parts in it that are
 * blobs are those of `spooled-payload.ts`.
 */
import type { SpanError, SpanStatus } from "@everspan/protocol";
import type { JsonNode } from "../../../capture/index.ts";
import { type SpoolBlob, SpoolText, type StoredBlob } from "../../../spool/index.ts";
import { endedWithoutEnd, SpanRecord } from "../../record/span-record.ts";
import { IdentityEncoder, IdentityReader } from "./spooled-identity.ts";
import type { SpooledPart } from "./spooled-part.ts";
import { PayloadEncoder } from "./spooled-payload.ts";
import { PayloadReader } from "./spooled-payload-reader.ts";

export interface EncodedRecord {
  readonly head: SpoolText;
  readonly blobs: readonly SpoolBlob[];
}

const PHASES = ["started", "ended"] as const;
const OUTPUT = 1;
const DATA = 2;
const DURATION = 4;
const STATUS = 8;

export class RecordEncoder {
  readonly #payloads = new PayloadEncoder();
  readonly #identities = new IdentityEncoder(this.#payloads);

  /** What takes long of a large record, in steps: `encode` finds it done. */
  *prepare({ input, output, data }: SpanRecord, stepCharacters: number): Generator<void, void> {
    for (const payload of [input, output, data]) {
      if (payload !== undefined) yield* this.#payloads.prepare(payload, stepCharacters);
    }
  }

  encode(record: SpanRecord): EncodedRecord {
    const { phase, revision, output, data, startMicros, endMicros, status, error } = record;
    const names: SpooledPart[] = [];
    const identity = this.#identities.text(record, names);
    let fields = 0;
    let rest = "";
    const add = (field: number, text: string) => {
      fields |= field;
      rest += `,${text}`;
    };
    if (output !== undefined) add(OUTPUT, this.#payloads.text(output, names));
    if (data !== undefined) add(DATA, this.#payloads.text(data, names));
    if (endMicros !== undefined) add(DURATION, String(endMicros - startMicros));
    if (status !== "OK" || error !== undefined) add(STATUS, JSON.stringify([status, error]));
    const head = `[${identity},${PHASES.indexOf(phase)},${revision},${fields}${rest}]`;
    return { head: new SpoolText(head), blobs: names };
  }
}

export class RecordDecoder {
  readonly #payloads = new PayloadReader();
  readonly #identities = new IdentityReader(this.#payloads);

  /** Undefined for what is no record: of another version, or without its identity, which corruption took. */
  decode(head: Uint8Array, blobs: readonly (StoredBlob | undefined)[]): SpanRecord | undefined {
    try {
      return this.#record(JSON.parse(Buffer.from(head).toString()), blobs);
    } catch {
      return undefined;
    }
  }

  #record(values: unknown, blobs: readonly (StoredBlob | undefined)[]): SpanRecord | undefined {
    if (!Array.isArray(values)) return undefined;
    const [named, phaseNumber, revision, fields, ...rest] = values as readonly unknown[];
    const phase = PHASES[phaseNumber as number];
    const identity = this.#identities.identity(named, blobs);
    if (identity === undefined || phase === undefined || !Number.isFinite(revision)) return undefined;
    const take = (field: number) => (((fields as number) & field) === 0 ? undefined : rest.shift());
    const payload = (value: unknown): JsonNode | undefined =>
      value === undefined ? undefined : this.#payloads.node(value, blobs);
    const output = payload(take(OUTPUT));
    const data = payload(take(DATA));
    const duration = take(DURATION) as number | undefined;
    const endMicros = duration === undefined ? undefined : identity.startMicros + duration;
    const [status, error] = (take(STATUS) ?? ["OK"]) as [SpanStatus, SpanError | null | undefined];
    const outcome = { status, error: error ?? undefined };
    return new SpanRecord({ ...identity, phase, revision: revision as number, endMicros, output, data, ...outcome });
  }
}

/** What a span becomes whose process died before it ended it. */
export function interrupted(record: SpanRecord, lastSignOfLifeMs: number): SpanRecord {
  return endedWithoutEnd(record, Math.max(record.startMicros, Math.floor(lastSignOfLifeMs * 1000)), {
    type: "Interrupted",
    message: "the process ended before the span did; the end time is the last sign of life",
  });
}
