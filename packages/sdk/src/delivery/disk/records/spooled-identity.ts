/**
 * What START and END of a span have in common, as blobs: the END names what its START brought, as long as both are in
 * one segment. Nothing else of a span is in its END but what its end added.
 *
 * A context is `[traceId, parentId, taskId, name, type, service, obs]`, an identity `[context, id, startMicros, input]`,
 * without its last item for a span that has no input. What is absent in a context is null.
 */
import { isSpanType } from "@everspan/protocol";
import { RecentStrings } from "../../../encoding/recent-strings.ts";
import type { StoredBlob } from "../../../spool/index.ts";
import type { SpanRecord, SpanRecordFields } from "../../record/span-record.ts";
import { contentKey, SpooledPart } from "./spooled-part.ts";
import { type PayloadEncoder, reference } from "./spooled-payload.ts";
import { namedBlob, type PayloadReader, parsed } from "./spooled-payload-reader.ts";

type Context = Pick<SpanRecordFields, "traceId" | "parentId" | "taskId" | "name" | "type" | "service" | "obs">;
export type Identity = Context & Pick<SpanRecordFields, "id" | "startMicros" | "input">;

/** Spans that share one blob of their context at most: so many records a flipped bit in it takes. */
const MAX_CONTEXT_USES = 64;
const CONTEXT_CHARACTERS = 256 * 1024;
/** Of the STARTs whose ENDs are awaited, by the payloads that they keep in memory. */
const STARTED_BYTES = 16 * 1024 * 1024;

export class IdentityEncoder {
  readonly #payloads: PayloadEncoder;
  readonly #contexts = new RecentStrings<KnownContext>(CONTEXT_CHARACTERS);
  /** By the spans' ids. */
  readonly #started = new RecentStrings<{ readonly part: SpooledPart; readonly key: string }>(STARTED_BYTES);
  #lastContext: { readonly of: Context; readonly known: KnownContext } | undefined;

  constructor(payloads: PayloadEncoder) {
    this.#payloads = payloads;
  }

  /** The text of a record's identity: a reference, where START and END can share it. `names` is empty before. */
  text(record: SpanRecord, names: SpooledPart[]): string {
    const text = this.#wholeText(record, names);
    let started = this.#started.get(record.id);
    if (started === undefined && record.phase === "ended") return text;
    const key = contentKey(text, names);
    if (started?.key !== key) {
      if (record.phase === "ended") return text;
      started = { part: new SpooledPart(text.length, [...names], () => text), key };
      this.#started.set(record.id, started, key.length + record.bytes);
    }
    names.length = 0;
    return reference("", started.part, names);
  }

  #wholeText(record: SpanRecord, names: SpooledPart[]): string {
    const context = reference("", this.#contextOf(record), names);
    const text = `[${context},${JSON.stringify(record.id)},${record.startMicros}`;
    return record.input === undefined ? `${text}]` : `${text},${this.#payloads.text(record.input, names)}]`;
  }

  /** Spans that follow each other are often siblings. */
  #contextOf(record: SpanRecord): SpooledPart {
    const last = this.#lastContext;
    const isSame = last !== undefined && last.known.uses < MAX_CONTEXT_USES && haveSameContext(last.of, record);
    const known = isSame ? last.known : this.#knownContext(record);
    if (!isSame) {
      // Not the record itself: its payloads would stay in memory.
      const { traceId, parentId, taskId, name, type, service, obs } = record;
      this.#lastContext = { of: { traceId, parentId, taskId, name, type, service, obs }, known };
    }
    known.uses += 1;
    return known.part;
  }

  #knownContext({ traceId, parentId, taskId, name, type, service, obs }: SpanRecord): KnownContext {
    const text = JSON.stringify([traceId, parentId, taskId, name, type, service, obs]);
    let known = this.#contexts.get(text);
    if (known === undefined || known.uses >= MAX_CONTEXT_USES) {
      known = { part: new SpooledPart(text.length, [], () => text), uses: 0 };
      this.#contexts.set(text, known);
    }
    return known;
  }
}

interface KnownContext {
  readonly part: SpooledPart;
  uses: number;
}

function haveSameContext(one: Context, other: Context): boolean {
  return (
    one.traceId === other.traceId &&
    one.parentId === other.parentId &&
    one.taskId === other.taskId &&
    one.name === other.name &&
    one.type === other.type &&
    one.service === other.service &&
    one.obs === other.obs
  );
}

export class IdentityReader {
  readonly #payloads: PayloadReader;
  /** What START and END share is the same tree in both. */
  readonly #known = new WeakMap<StoredBlob, Identity>();

  constructor(payloads: PayloadReader) {
    this.#payloads = payloads;
  }

  /** Undefined when the blob was lost, or is no identity. `blobs` are those that the value names. */
  identity(value: unknown, blobs: readonly (StoredBlob | undefined)[]): Identity | undefined {
    const blob = typeof value === "string" ? namedBlob(value, blobs)?.blob : undefined;
    if (blob === undefined) return this.#identity(value, blobs);
    const identity = this.#known.get(blob) ?? this.#identity(parsed(blob), blob.blobs);
    if (identity !== undefined) this.#known.set(blob, identity);
    return identity;
  }

  #identity(value: unknown, blobs: readonly (StoredBlob | undefined)[]): Identity | undefined {
    if (!Array.isArray(value)) return undefined;
    const [named, id, startMicros, ...input] = value as readonly unknown[];
    const blob = typeof named === "string" ? namedBlob(named, blobs)?.blob : undefined;
    const context = blob === undefined ? undefined : contextOf(parsed(blob));
    if (context === undefined || typeof id !== "string" || !Number.isFinite(startMicros)) return undefined;
    const node = input.length === 0 ? undefined : this.#payloads.node(input[0], blobs);
    return { ...context, id, startMicros: startMicros as number, input: node };
  }
}

function contextOf(value: unknown): Context | undefined {
  if (!Array.isArray(value)) return undefined;
  const [traceId, parentId, taskId, name, type, service, obs] = value.map((part) => part ?? undefined);
  const isContext = typeof traceId === "string" && typeof name === "string" && isSpanType(type);
  return isContext ? { traceId, parentId, taskId, name, type, service, obs } : undefined;
}
