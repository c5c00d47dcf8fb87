import { MAX_ID_BYTES, MAX_ID_CHARACTERS } from "../limits.ts";
import { inspectPayload, TOO_DEEP } from "../payload/inspect.ts";
import { hasLoneSurrogate, utf8ByteLength } from "../payload/utf8.ts";
import { spelledTimestamp } from "./read-timestamp.ts";
import { kindOf, type Refusal, refuse } from "./refusal.ts";

/** Checks that the dialects share, with the statuses of the SGP spans API (the strictest of them). */

/** Collects the first refusal of a span's fields, so that a decoder reads as a list of fields. */
export class FieldReader {
  refusal: Refusal | undefined;

  fail(status: Refusal["status"], message: string): undefined {
    this.refusal ??= refuse(status, message);
    return undefined;
  }

  /** A string that must be there. The value is unusable when `refusal` is set. */
  requiredText(name: string, value: unknown): string {
    if (typeof value === "string") return value;
    this.fail(422, `${name} must be a string, got ${kindOf(value)}`);
    return "";
  }

  /** Absent and null are the same in every dialect: clients in other languages send null for what is not set. */
  optionalText(name: string, value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : this.requiredText(name, value);
  }

  requiredId(name: string, value: unknown): string {
    const id = this.requiredText(name, value);
    if (this.refusal === undefined) this.refusal = refuseId(name, id);
    return id;
  }

  optionalId(name: string, value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : this.requiredId(name, value);
  }

  /** An instant in Everspan's one spelling. */
  requiredTime(name: string, value: unknown): string {
    const text = this.requiredText(name, value);
    const spelled = spelledTimestamp(text);
    if (spelled !== undefined) return spelled;
    this.fail(422, `${name} must be an RFC 3339 instant`);
    return text;
  }

  optionalTime(name: string, value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : this.requiredTime(name, value);
  }

  /** Times are in one spelling, so text order is time order. */
  inOrder(startName: string, start: string, endName: string, end: string | undefined): void {
    if (end !== undefined && end < start) this.fail(422, `${endName} must not precede ${startName}`);
  }

  shallowEnough(name: string, payload: unknown): void {
    if (!isFlat(payload) && inspectPayload(payload).tooDeep) this.fail(422, `${name} is ${TOO_DEEP}`);
  }
}

/** Holds no container: so it is not deep. */
function isFlat(payload: unknown): boolean {
  if (typeof payload !== "object" || payload === null) return true;
  for (const key in payload) {
    const value = (payload as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null) return false;
  }
  return true;
}

function refuseId(name: string, id: string): Refusal | undefined {
  if (isUsualId(id)) return undefined;
  if (id === "") return refuse(422, `${name} must not be empty`);
  if (id.length > MAX_ID_CHARACTERS && [...id.slice(0, 2 * MAX_ID_CHARACTERS + 1)].length > MAX_ID_CHARACTERS) {
    return refuse(422, `${name} must have at most ${MAX_ID_CHARACTERS} characters`);
  }
  if (utf8ByteLength(id) > MAX_ID_BYTES) return refuse(400, `${name} must have at most ${MAX_ID_BYTES} bytes in UTF-8`);
  if (id.includes("\0")) return refuse(400, `${name} must not contain a NUL character`);
  if (hasLoneSurrogate(id)) return refuse(400, `${name} must be valid Unicode`);
  return undefined;
}

/** Short and of ASCII alone, without NUL: what almost every id is, told in one pass. */
function isUsualId(id: string): boolean {
  if (id.length === 0 || id.length > Math.min(MAX_ID_CHARACTERS, MAX_ID_BYTES)) return false;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    if (unit === 0 || unit > 0x7f) return false;
  }
  return true;
}
