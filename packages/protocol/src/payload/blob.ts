/**
 * Payloads by content: a JSON value whose encoding is large is taken out and named by the hash of its bytes, so that a
 * prompt which each step of an agent sends again travels once.
 *
 * - In the place of the value stands the reference `{"$blob":"<32 hex digits>"}`.
 * - A blob's own content may hold references; its bytes are what `JSON.stringify` gives of that content.
 * - As an item of an array, `{"$blob":"+<32 hex digits>"}` stands for all items of the array in that blob (a *run*). So
 *   an array that grows at its end costs its end, not a reference for each item.
 * - An application's object may have such a key itself: every key made of dollar signs and `blob` gets one dollar
 *   sign more (`$blob` becomes `$$blob`, `$$blob` becomes `$$$blob`). So an object with the key `$blob` is always ours.
 *
 * The hash comes in as a function: this package also runs in a browser, where the digest of the platform is asynchronous,
 * and one in JavaScript would either be slow or let anybody construct two texts of one name, and so show one text in
 * the place of another. Everspan's is SHA-256 cut to 128 bits (`node:crypto`), see `docs/formats/native-batch.md`.
 *
 * Everything here recurses, so values are no deeper than `MAX_PAYLOAD_DEPTH`; see `inspect.ts`.
 */
import {
  DEFAULT_BLOB_THRESHOLD_BYTES,
  MAX_PAYLOAD_DEPTH,
  MAX_RESTORED_PAYLOAD_BYTES,
  MAX_RUN_PLACES,
} from "../limits.ts";
import { TOO_DEEP } from "./inspect.ts";
import { isJsonObject, setOwn } from "./json-object.ts";
import { isNumberText } from "./number-text.ts";
import { pieceEnd } from "./piece-end.ts";
import { cutIntoRuns, isBlobSized, type Runs, runSteps } from "./runs.ts";

/** 32 hex digits: the first 128 bits of the SHA-256 of the text's UTF-8 bytes. */
export type NameBlob = (encoded: string) => string;

const REFERENCE_KEY = "$blob";
const ESCAPED_KEY = /^\$+blob$/;
/** Each container may be a blob: twice the depth of the payload itself. */
const MAX_LEVELS = 2 * MAX_PAYLOAD_DEPTH;
const BLOB_NAME = /^[0-9a-f]{32}$/;
const RUN_SIGN = "+";
/** Of a longer string each step encodes as much. */
const STEP_CHARACTERS = 64 * 1024;

/** A text's name, of its parts one after the other. */
export interface BlobNaming {
  update(part: string): void;
  name(): string;
}

/** How a large value is encoded in steps. */
export interface EncodingSteps {
  /** Whether a container is worth steps of its own. */
  readonly isLarge: (container: object) => boolean;
  /** Told of the characters that were encoded since it was asked last: true where others should get their turn. */
  readonly pause: (characters: number) => boolean;
  readonly beginName: () => BlobNaming;
}

export interface BlobEncoderOptions {
  readonly nameBlob: NameBlob;
  /** Encodings of at least this length become blobs. Default 256. Counted in characters, which are never more than bytes. */
  readonly thresholdBytes?: number;
  /** Whether long arrays are cut into runs. Only for who reads version 2 of the batch. Default false. */
  readonly runs?: boolean;
  /** Whether who reads the texts has a blob already: then it need not be in `blobs`. Default: none. */
  readonly isKept?: (name: string) => boolean;
  /** What other encoders with the same options met: a part of it whose blobs are all kept is not walked again. */
  readonly memory?: EncoderMemory;
}

export type EncoderMemory = WeakMap<object, EncodedPart>;

interface EncodedPart {
  readonly text: string;
  /** The blobs that the text names, once somebody asked. */
  names?: readonly string[];
}

/** In JSON text it can't be anything else: quotes within strings are escaped, an application's own key is another. */
const REFERENCES = /\{"\$blob":"\+?([0-9a-f]{32})"\}/g;

/** Encodes payloads with references and keeps each blob once, for all payloads that it is given. */
export class BlobEncoder {
  /** Encoded contents by name, in the order in which they were met: what a blob refers to comes before it. */
  readonly blobs = new Map<string, string>();
  readonly #nameBlob: NameBlob;
  readonly #threshold: number;
  readonly #cutsRuns: boolean;
  readonly #isKept: (name: string) => boolean;
  /** Captured payloads share their parts: a part that was met is not walked again. */
  readonly #met: EncoderMemory;

  constructor(options: BlobEncoderOptions) {
    this.#nameBlob = options.nameBlob;
    this.#threshold = options.thresholdBytes ?? DEFAULT_BLOB_THRESHOLD_BYTES;
    this.#cutsRuns = options.runs ?? false;
    this.#isKept = options.isKept ?? (() => false);
    this.#met = options.memory ?? new WeakMap();
  }

  /**
   * The value's JSON text with references in the place of what is large.
   * @param value JSON in memory; treated as immutable from now on
   */
  encode(value: unknown): string {
    if (typeof value !== "object" || value === null) return this.#place(JSON.stringify(value) ?? "null");
    const met = this.#met.get(value);
    if (met !== undefined && this.#isUsable(met)) return met.text;
    const text = this.#place(Array.isArray(value) ? this.#array(value) : this.#object(value));
    this.#met.set(value, { text });
    return text;
  }

  /** The same in steps, for a value that may be large: between two of them others get their turn. */
  *encodeSteps(value: unknown, steps: EncodingSteps): Generator<void, string> {
    if (typeof value === "string" && value.length > STEP_CHARACTERS) return yield* this.#longString(value, steps);
    if (typeof value !== "object" || value === null || !steps.isLarge(value)) return this.encode(value);
    const met = this.#met.get(value);
    if (met !== undefined && this.#isUsable(met)) return met.text;
    const body = Array.isArray(value) ? yield* this.#arraySteps(value, steps) : yield* this.#objectSteps(value, steps);
    const text = this.#place(body);
    this.#met.set(value, { text });
    return text;
  }

  *#arraySteps(items: readonly unknown[], steps: EncodingSteps): Generator<void, string> {
    const parts: string[] = [];
    for (const item of items) {
      const part = isStepped(item, steps) ? yield* this.encodeSteps(item, steps) : this.encode(item ?? null);
      parts.push(part);
      if (steps.pause(part.length)) yield;
    }
    if (!this.#cutsRuns) return `[${parts.join(",")}]`;
    const runs = yield* runSteps(parts, this.#runs, this.#threshold, (run) => steps.pause(run.length));
    return `[${runs.join(",")}]`;
  }

  *#objectSteps(value: object, steps: EncodingSteps): Generator<void, string> {
    const properties: string[] = [];
    for (const [key, property] of Object.entries(value)) {
      if (property === undefined) continue;
      const text = isStepped(property, steps) ? yield* this.encodeSteps(property, steps) : this.encode(property);
      properties.push(`${keyText(key)}:${text}`);
      if (steps.pause(text.length)) yield;
    }
    return `{${properties.join(",")}}`;
  }

  *#longString(text: string, { pause, beginName }: EncodingSteps): Generator<void, string> {
    const naming = beginName();
    let encoded = "";
    for (let start = 0; start < text.length; ) {
      const end = pieceEnd(text, start + STEP_CHARACTERS);
      const opening = start === 0 ? '"' : "";
      const piece = `${opening}${JSON.stringify(text.slice(start, end)).slice(1, -1)}${end === text.length ? '"' : ""}`;
      naming.update(piece);
      encoded += piece;
      start = end;
      if (pause(piece.length)) yield;
    }
    return this.#named("", naming.name(), encoded);
  }

  /** What was met with an earlier encoder left its blobs there. */
  #isUsable(part: EncodedPart): boolean {
    part.names ??= [...part.text.matchAll(REFERENCES)].map((reference) => reference[1]!);
    return part.names.every((name) => this.blobs.has(name) || this.#isKept(name));
  }

  #array(items: readonly unknown[]): string {
    const parts = items.map((item) => this.encode(item ?? null));
    return `[${(this.#cutsRuns ? cutIntoRuns(parts, this.#runs, this.#threshold) : parts).join(",")}]`;
  }

  /** A run's blob is an array of its own. */
  readonly #runs: Runs<string> = {
    lengthOf: (part) => part.length,
    toRun: (parts) => {
      const items = parts.join(",");
      return isBlobSized(items.length + 2, this.#threshold) ? this.#blob(RUN_SIGN, `[${items}]`) : items;
    },
  };

  #object(value: object): string {
    const properties: string[] = [];
    for (const [key, property] of Object.entries(value)) {
      if (property === undefined) continue;
      properties.push(`${keyText(key)}:${this.encode(property)}`);
    }
    return `{${properties.join(",")}}`;
  }

  #place(encoded: string): string {
    return isBlobSized(encoded.length, this.#threshold) ? this.#blob("", encoded) : encoded;
  }

  #blob(sign: "" | typeof RUN_SIGN, encoded: string): string {
    return this.#named(sign, this.#nameBlob(encoded), encoded);
  }

  #named(sign: "" | typeof RUN_SIGN, name: string, encoded: string): string {
    this.blobs.set(name, encoded);
    return `{"${REFERENCE_KEY}":"${sign}${name}"}`;
  }
}

function isStepped(value: unknown, { isLarge }: EncodingSteps): boolean {
  if (typeof value === "string") return value.length > STEP_CHARACTERS;
  return typeof value === "object" && value !== null && isLarge(value);
}

function keyText(key: string): string {
  return JSON.stringify(ESCAPED_KEY.test(key) ? `$${key}` : key);
}

export type Restored =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Contents of blobs, which may hold references, by name. */
export type BlobSource = Pick<ReadonlyMap<string, unknown>, "has" | "get">;

/**
 * Puts blobs back. Hostile blobs may name what is missing, name each other in a circle, or multiply (ten names of a
 * blob of ten names of …): all three are answered with a message. Restored blobs are shared between payloads.
 */
export class BlobRestorer {
  /** Names that were asked for and are not there, as far as was looked. */
  readonly missing = new Set<string>();
  readonly #blobs: BlobSource;
  /** Items that runs may still put into arrays: unlike all else these places take memory, however often a run is shared. */
  #placesLeft = MAX_RUN_PLACES;
  readonly #restored = new Map<string, Sized>();
  readonly #underWay = new Set<string>();
  readonly #maxBytes: number;
  /** Containers and references above the value in hand. */
  #level = 0;

  /** @param maxBytes size of one payload as JSON after its blobs are back, about. Default 64 MiB. */
  constructor(blobs: BlobSource, maxBytes = MAX_RESTORED_PAYLOAD_BYTES) {
    this.#blobs = blobs;
    this.#maxBytes = maxBytes;
  }

  /** Arrays in runs took more places than one batch may have: fewer payloads in one batch may do. */
  get isExhausted(): boolean {
    return this.#placesLeft < 0;
  }

  /** @returns the value itself where nothing has to be put back, as in most small payloads */
  restore(value: unknown): Restored {
    if (this.#maxBytes >= WHOLE_BYTES && isWhole(value)) return { ok: true, value };
    this.#level = 0;
    try {
      return { ok: true, value: this.#value(value).value };
    } catch (error) {
      if (error instanceof UnrestorableError) return { ok: false, message: error.message };
      throw error;
    } finally {
      this.#underWay.clear();
    }
  }

  #value(value: unknown): Sized {
    if (typeof value === "string") return { value, bytes: value.length + 2, depth: 0 };
    if (isNumberText(value)) return { value, bytes: value.length, depth: 0 };
    if (typeof value !== "object" || value === null) return { value, bytes: 8, depth: 0 };
    this.#level += 1;
    if (this.#level > MAX_LEVELS) throw new UnrestorableError(`a payload is ${TOO_DEEP}`);
    const sized = Array.isArray(value) ? this.#array(value) : this.#notArray(value);
    this.#level -= 1;
    return sized;
  }

  #notArray(value: object): Sized {
    return Object.hasOwn(value, REFERENCE_KEY) ? this.#reference(value) : this.#object(value);
  }

  #array(items: readonly unknown[]): Sized {
    const container = new Container();
    const value: unknown[] = [];
    for (const item of items) {
      const run = runName(item);
      if (run === undefined) value.push(container.take(this.#value(item), 1, this.#maxBytes));
      else this.#addRun(run, container, value);
    }
    return container.sized(value);
  }

  #addRun(name: string, container: Container, to: unknown[]): void {
    this.#level += 1;
    const run = this.#blob(name);
    this.#level -= 1;
    if (!Array.isArray(run.value)) throw new UnrestorableError(`blob ${name} is no array, so it can't be a run`);
    container.takeItems(run, this.#maxBytes);
    this.#placesLeft -= run.value.length;
    if (this.isExhausted) throw new UnrestorableError("arrays have too many items after their runs are put back");
    for (const item of run.value) to.push(item);
  }

  #object(source: object): Sized {
    const container = new Container();
    const value: Record<string, unknown> = {};
    for (const [key, property] of Object.entries(source)) {
      const original = ESCAPED_KEY.test(key) ? key.slice(1) : key;
      setOwn(value, original, container.take(this.#value(property), original.length + 4, this.#maxBytes));
    }
    return container.sized(value);
  }

  #reference(reference: object): Sized {
    const name = isJsonObject(reference) ? reference[REFERENCE_KEY] : undefined;
    if (Object.keys(reference).length !== 1 || typeof name !== "string" || !BLOB_NAME.test(name)) {
      throw new UnrestorableError("a blob reference must be an object with nothing but 32 hex digits under $blob");
    }
    return this.#blob(name);
  }

  #blob(name: string): Sized {
    const restored = this.#restored.get(name);
    if (restored !== undefined) return restored;
    if (this.#underWay.has(name)) throw new UnrestorableError(`blob ${name} contains itself`);
    if (this.#level > MAX_LEVELS) throw new UnrestorableError(`a payload is ${TOO_DEEP}`);
    if (!this.#blobs.has(name)) {
      this.missing.add(name);
      throw new UnrestorableError(`blob ${name} is not in the batch`);
    }
    this.#underWay.add(name);
    const fresh = this.#value(this.#blobs.get(name));
    this.#underWay.delete(name);
    this.#restored.set(name, fresh);
    return fresh;
  }
}

/** A restored value, its estimated size as JSON in bytes, and how deep its containers nest. */
interface Sized {
  readonly value: unknown;
  readonly bytes: number;
  readonly depth: number;
}

class UnrestorableError extends Error {}

/** The name in a reference to a run; undefined for any other item. */
function runName(item: unknown): string | undefined {
  if (!isJsonObject(item) || !Object.hasOwn(item, REFERENCE_KEY)) return undefined;
  const name = item[REFERENCE_KEY];
  if (typeof name !== "string" || !name.startsWith(RUN_SIGN) || Object.keys(item).length !== 1) return undefined;
  const run = name.slice(RUN_SIGN.length);
  return BLOB_NAME.test(run) ? run : undefined;
}

/** Adds up a container while its parts are restored, and stops as soon as it is too much. */
class Container {
  #bytes = 2;
  #depth = 0;

  take(part: Sized, extraBytes: number, maxBytes: number): unknown {
    this.#bytes += part.bytes + extraBytes;
    this.#depth = Math.max(this.#depth, part.depth);
    if (this.#bytes > maxBytes) throw new UnrestorableError("a payload is too large after its blobs are put back");
    if (this.#depth >= MAX_PAYLOAD_DEPTH) throw new UnrestorableError(`a payload is ${TOO_DEEP}`);
    return part.value;
  }

  /** The items of another array, in the place of one item. */
  takeItems(run: Sized, maxBytes: number): void {
    this.take({ value: undefined, bytes: run.bytes, depth: run.depth - 1 }, 1, maxBytes);
  }

  sized(value: unknown): Sized {
    return { value, bytes: this.#bytes, depth: this.#depth + 1 };
  }
}

/** What a payload may have for `isWhole` to look at all of it. */
const WHOLE_VALUES = 64;
const WHOLE_CHARACTERS = 4096;
/** It is no larger than this, as sizes are counted here. */
const WHOLE_BYTES = WHOLE_CHARACTERS + 8 * WHOLE_VALUES;

/** Small, and without a key that is a reference or is written with a dollar more: a no may be wrong. */
function isWhole(payload: unknown): boolean {
  const pending = [payload];
  let [values, characters] = [0, 0];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    values += 1;
    if (typeof value === "string") characters += value.length;
    if (values > WHOLE_VALUES || characters > WHOLE_CHARACTERS || isNumberText(value)) return false;
    if (typeof value !== "object" || value === null) continue;
    for (const key in value) {
      characters += key.length;
      if (key.startsWith("$") || pending.length > WHOLE_VALUES) return false;
      pending.push((value as Record<string, unknown>)[key]);
    }
  }
  return true;
}
