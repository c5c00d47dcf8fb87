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

/** The fields that a stream's chunks repeat, each once. A field that says something else each time is kept each time. */
export class StreamFields {
  readonly #fields: Record<string, unknown> = {};
  readonly #later: JsonRecord[] = [];

  add(record: JsonRecord, ...without: readonly string[]): void {
    for (const [key, value] of Object.entries(record)) {
      if (isEmpty(value) || without.includes(key) || key === "obfuscation") continue;
      const standing = this.#fields[key];
      if (standing === undefined || REPLACED.has(key)) this.#fields[key] = value;
      else if (!isDeepEqual(standing, value)) this.#later.push({ [key]: value });
    }
  }

  whole(): Record<string, unknown> {
    return this.#later.length === 0 ? { ...this.#fields } : { ...this.#fields, laterChunks: this.#later };
  }
}
