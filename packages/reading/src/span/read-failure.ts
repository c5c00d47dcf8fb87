import type { ReadError } from "../form/payloads.ts";
import { Fields } from "../json/fields.ts";
import type { JsonRecord } from "../json/json-record.ts";

export const LEVEL = "langfuse.observation.level";
const MESSAGE = "langfuse.observation.status_message";

/** What attributes say of a failure though the status says nothing: a level, with its message. Taken out of the data. */
export function takeFailure(data: Fields): ReadError | undefined {
  if (data.peek(LEVEL) !== "ERROR") return undefined;
  data.take(LEVEL);
  const message = data.text(MESSAGE) ?? "";
  const type = /^(?:Uncaught )?([A-Z]\w*(?:Error|Exception)|Error): /.exec(message.slice(0, 200))?.[1];
  return { type: type ?? "Error", message };
}

export function failureOf(attributes: JsonRecord): ReadError | undefined {
  return takeFailure(new Fields(attributes));
}
