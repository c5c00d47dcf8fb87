import type { Message, Part } from "../form/message.ts";
import { Fields } from "../json/fields.ts";
import { asRecord } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import type { BesideField, Dialect, MessageReader, Nested, OutputReader, PartReader } from "./dialect.ts";
import { joinItems } from "./join-items.ts";
import { plainMessage } from "./plain-message.ts";
import { readInput } from "./read-input.ts";
import { readOutput } from "./read-output.ts";
import { messageRole } from "./roles.ts";

/** A payload that nests messages in messages more often is hostile: what is deeper is one unknown part. */
const MAX_NESTING = 10;

/** The readers of all dialects, found by what a value looks like. */
export class Readers {
  readonly outputs: readonly OutputReader[];
  readonly #parts = new Map<string, PartReader[]>();
  readonly #partPatterns: (readonly [RegExp, PartReader])[] = [];
  readonly #partsByKey: (readonly [string, PartReader])[] = [];
  readonly beside = new Map<string, BesideField[]>();
  readonly #messages: MessageReader[] = [];
  readonly #streams: ((chunks: readonly unknown[]) => unknown)[] = [];
  readonly #levels: Nested[] = [];

  constructor(dialects: readonly Dialect[]) {
    for (const dialect of dialects) {
      for (const [type, reader] of Object.entries(dialect.parts ?? {})) {
        this.#parts.set(type, [...(this.#parts.get(type) ?? []), reader]);
      }
      this.#partPatterns.push(...(dialect.partPatterns ?? []));
      this.#partsByKey.push(...Object.entries(dialect.partsByKey ?? {}));
      for (const [name, field] of Object.entries(dialect.beside ?? {})) {
        this.beside.set(name, [...(this.beside.get(name) ?? []), field]);
      }
      this.#messages.push(...(dialect.messages ?? []));
      if (dialect.reduceStream !== undefined) this.#streams.push(dialect.reduceStream);
    }
    this.outputs = dialects.flatMap((dialect) => dialect.outputs ?? []);
    for (let depth = 0; depth <= MAX_NESTING; depth++) this.#levels.push(this.#level(depth));
  }

  get nested(): Nested {
    return this.#levels[0]!;
  }

  /** The reply that a stream's chunks add up to. */
  reduceStream(chunks: readonly unknown[]): unknown {
    for (const reduce of this.#streams) {
      const reply = reduce(chunks);
      if (reply !== undefined) return reply;
    }
    return undefined;
  }

  #level(depth: number): Nested {
    if (depth === MAX_NESTING) return BOTTOM;
    const deeper = () => this.#levels[depth + 1]!;
    return {
      content: (value) => this.#content(value, deeper()),
      messages: (list) => this.#messageList(list, deeper()),
      input: (value) => readInput(value, deeper()),
      output: (value) => readOutput(value, deeper(), this),
    };
  }

  #content(value: unknown, nested: Nested): readonly Part[] {
    if (value === undefined || value === null || value === "") return [];
    if (Array.isArray(value)) return value.flatMap((item) => this.#part(item, nested));
    return this.#part(value, nested);
  }

  #part(value: unknown, nested: Nested): readonly Part[] {
    if (typeof value === "string") return value === "" ? [] : [{ kind: "text", text: value }];
    if (value === null || value === undefined) return [];
    const record = asRecord(value);
    if (record === undefined) return [{ kind: "unknown", value }];
    for (const reader of this.#readersOf(record)) {
      const found = reader(new Fields(record), nested);
      if (found !== undefined) return Array.isArray(found) ? (found as readonly Part[]) : [found as Part];
    }
    return [{ kind: "unknown", value }];
  }

  *#readersOf(record: Readonly<Record<string, unknown>>): Generator<PartReader> {
    const { type } = record;
    if (typeof type === "string") {
      yield* this.#parts.get(type) ?? [];
      for (const [pattern, reader] of this.#partPatterns) if (pattern.test(type)) yield reader;
    }
    for (const [key, reader] of this.#partsByKey) if (Object.hasOwn(record, key)) yield reader;
  }

  #messageList(list: readonly unknown[], nested: Nested): readonly Message[] {
    return joinItems(list.map((item) => this.#message(item, nested)));
  }

  #message(item: unknown, nested: Nested): readonly Message[] {
    const value = tupleMessage(parsedIfJson(item));
    if (typeof value === "string") {
      return [{ role: "user", roleLabel: "user", parts: value === "" ? [] : [{ kind: "text", text: value }] }];
    }
    const record = asRecord(value);
    if (record !== undefined) {
      let fields = new Fields(record);
      for (const reader of this.#messages) {
        const found = reader(fields, nested);
        if (found !== undefined) return Array.isArray(found) ? (found as readonly Message[]) : [found as Message];
        if (!fields.isWhole) fields = new Fields(record);
      }
      const plain = plainMessage(fields, nested, this.beside);
      if (plain !== undefined) return [plain];
    }
    return [unknownMessage(value)];
  }
}

const BOTTOM: Nested = {
  content: (value) => (value === undefined || value === null ? [] : [{ kind: "unknown", value }]),
  messages: (list) => list.map(unknownMessage),
  input: () => undefined,
  output: () => undefined,
};

function unknownMessage(value: unknown): Message {
  return { role: "other", roleLabel: "other", parts: [{ kind: "unknown", value }] };
}

/** `["human", "Hello"]`: LangChain's short form of a message. */
function tupleMessage(value: unknown): unknown {
  if (!Array.isArray(value) || value.length !== 2) return value;
  const [role, content] = value as unknown as readonly [unknown, unknown];
  return typeof role === "string" && messageRole(role) !== "other" ? { role, content } : value;
}
