import { isDeepEqual } from "../json/is-deep-equal.ts";
import { isEmpty, type JsonRecord } from "../json/json-record.ts";

/** Fields whose later value stands for all: totals so far, states, padding. */
const REPLACED: ReadonlySet<string> = new Set([
  "usage",
  "usageMetadata",
  "usage_metadata",
  "created",
  "created_at",
  "createTime",
  "obfuscation",
  "done",
  "finish_reason",
  "finishReason",
  "system_fingerprint",
  "service_tier",
]);

function valueCount(value: unknown): number {
  let count = 0;
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    count++;
    if (typeof next === "object" && next !== null) for (const inner of Object.values(next)) pending.push(inner);
  }
  return count;
}

/** The fields that a stream's chunks repeat, each once. A field that says something else each time is kept each time. */
export class StreamFields {
  readonly #fields: Record<string, unknown> = {};
  readonly #later: JsonRecord[] = [];
  /** Number of values in each field that came more than once. */
  readonly #sizes = new Map<string, number>();

  add(record: JsonRecord, ...without: readonly string[]): void {
    for (const [key, value] of Object.entries(record)) {
      if (isEmpty(value) || without.includes(key) || key === "obfuscation") continue;
      const standing = this.#fields[key];
      if (standing === undefined || REPLACED.has(key)) this.#fields[key] = value;
      else if (!this.#isSame(key, standing, value)) this.#later.push({ [key]: value });
    }
  }

  /** A large value is not walked again for each small one that comes after it. */
  #isSame(key: string, standing: unknown, value: unknown): boolean {
    if (typeof standing !== "object" || typeof value !== "object") return standing === value;
    const size = this.#sizes.get(key) ?? valueCount(standing);
    this.#sizes.set(key, size);
    return valueCount(value) === size && isDeepEqual(standing, value);
  }

  whole(): Record<string, unknown> {
    return this.#later.length === 0 ? { ...this.#fields } : { ...this.#fields, laterChunks: this.#later };
  }
}
