import { isNumberText } from "../payload/number-text.ts";

/** What a codec answers about something that it can't take: a value, with the HTTP status its dialect gives it. */
export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 404 | 409 | 413 | 422;
  /** One sentence that names the field, what was expected and what came; never the payload itself. */
  readonly message: string;
}

export function refuse(status: Refusal["status"], message: string): Refusal {
  return { ok: false, status, message };
}

/** The kind of a value, for messages: never its content. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value === undefined) return "nothing";
  if (isNumberText(value)) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
