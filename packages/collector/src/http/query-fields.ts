/** Fields of a query string. Each says in words what it takes, for the error as for the document. */
import { parseTimestamp } from "@everspan/protocol";
import { z } from "@hono/zod-openapi";

/** @param max at most 9 quadrillion (`Number.MAX_SAFE_INTEGER`) */
export function integerField(min: number, max: number) {
  return checkedField(
    (text) => (/^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
    `a whole number from ${min} to ${max}`,
    { type: "integer", minimum: min, maximum: max },
  );
}

export function choiceField<const Choice extends string>(choices: readonly Choice[]) {
  return checkedField((text) => choices.find((choice) => choice === text), `one of ${choices.join(", ")}`, {
    type: "string",
    enum: [...choices],
  });
}

/** Gives microseconds since the epoch. */
export function instantField() {
  return checkedField(parseTimestamp, "an RFC 3339 instant", { type: "string", format: "date-time" });
}

/** SQLite ends a pattern at NUL, so the rest of such a text would be no filter at all. */
export function textField(description: string) {
  return checkedField((text) => (text.includes("\0") ? undefined : text), "a text without NUL characters", {
    type: "string",
    description,
  });
}

/**
 * A field of one's own.
 * @param parse gives undefined for what does not fit
 * @param expected ends the sentence "the field must be"
 */
export function checkedField<Value>(
  parse: (text: string) => Value | undefined,
  expected: string,
  document: Readonly<Record<string, unknown>>,
) {
  return z
    .string({ error: "must be given once" })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `must be ${expected}` });
      return z.NEVER;
    })
    .openapi(document);
}

/**
 * The query string as a schema takes it: a name that stands several times is a list, and an empty value is as good as
 * none.
 */
export function queryRecord(query: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, text] of query) {
    if (text === "") continue;
    const before = record[name];
    record[name] = before === undefined ? text : [before, text].flat();
  }
  return record;
}

/** What is wrong with a query, in one sentence that names the field. */
export function queryErrorMessage({ issues: [issue] }: z.ZodError, known: readonly string[]): string {
  if (issue === undefined) return "the query is not valid";
  if (issue.code !== "unrecognized_keys") return `${issue.path.join(".")} ${issue.message}`;
  return `${issue.keys[0]!.slice(0, 40)} is not known here; known are ${known.join(", ")}`;
}
