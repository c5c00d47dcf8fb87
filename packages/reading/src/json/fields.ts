import { asRecord, isEmpty, type JsonRecord, own } from "./json-record.ts";

/**
 * The fields of one object while a reader takes them. What it does not take is `rest`, so that a reader can forget a
 * field and still lose nothing.
 */
export class Fields {
  readonly record: JsonRecord;
  // Most readers find that an object is not theirs, and take nothing.
  #taken: Set<string> | undefined;
  #left: Map<string, unknown> | undefined;

  constructor(record: JsonRecord) {
    this.record = record;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.record, key);
  }

  peek(key: string): unknown {
    return own(this.record, key);
  }

  /** The first of the keys that holds anything but null. */
  take(...keys: readonly string[]): unknown {
    return this.#takeFirst(keys, (value) => value);
  }

  text(...keys: readonly string[]): string | undefined {
    return this.#takeFirst(keys, (value) => (typeof value === "string" ? value : undefined));
  }

  flag(key: string): boolean {
    return this.#takeFirst([key], (value) => (typeof value === "boolean" ? value : undefined)) ?? false;
  }

  number(...keys: readonly string[]): number | undefined {
    return this.#takeFirst(keys, (value) => (typeof value === "number" ? value : undefined));
  }

  list(...keys: readonly string[]): readonly unknown[] | undefined {
    return this.#takeFirst(keys, (value) => (Array.isArray(value) ? (value as readonly unknown[]) : undefined));
  }

  object(...keys: readonly string[]): JsonRecord | undefined {
    return this.#takeFirst(keys, asRecord);
  }

  /** Takes a field that says nothing beyond what the form says already, when it has this value. */
  drop(key: string, ...values: readonly unknown[]): void {
    if (this.has(key) && (values.length === 0 || values.includes(this.record[key]))) this.#markTaken(key);
  }

  /** Takes a field but for this part of it; undefined: takes all. */
  leave(key: string, value: unknown): void {
    if (value === undefined) {
      this.#markTaken(key);
      return;
    }
    this.#left ??= new Map();
    this.#left.set(key, value);
  }

  isTaken(key: string): boolean {
    return this.#taken?.has(key) === true;
  }

  /** Nothing was taken, dropped or left: another reader may have it. */
  get isWhole(): boolean {
    return this.#taken === undefined && this.#left === undefined;
  }

  /** What was not taken, without what is empty; undefined when that is nothing. */
  rest(): JsonRecord | undefined {
    const rest: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let any = false;
    for (const key of Object.keys(this.record)) {
      const value = this.#left?.has(key) === true ? this.#left.get(key) : this.record[key];
      if (this.isTaken(key) || isEmpty(value)) continue;
      rest[key] = value;
      any = true;
    }
    return any ? rest : undefined;
  }

  #takeFirst<T>(keys: readonly string[], read: (value: unknown) => T | undefined): T | undefined {
    for (const key of keys) {
      const value = own(this.record, key);
      if (value === undefined || value === null) continue;
      const found = read(value);
      if (found === undefined) continue;
      this.#markTaken(key);
      return found;
    }
    return undefined;
  }

  #markTaken(key: string): void {
    this.#taken ??= new Set();
    this.#taken.add(key);
  }
}

/** `{rest}` for spreading into a part or message; nothing when there is none. */
export function restOf(fields: Fields): { rest?: JsonRecord } {
  const rest = fields.rest();
  return rest === undefined ? {} : { rest };
}

/** The given properties without those that are undefined: for spreading into objects with optional properties. */
export function defined<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: Record<string, unknown> = {};
  for (const key in properties) {
    const value: unknown = properties[key];
    if (value !== undefined) result[key] = value;
  }
  return result as { [K in keyof T]?: Exclude<T[K], undefined> };
}
