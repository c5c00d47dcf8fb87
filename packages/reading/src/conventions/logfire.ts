import { asRecord, isEmpty, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import type { Candidate, Convention } from "./convention.ts";
import { eventMessages } from "./event-messages.ts";
import { whole } from "./gen-ai.ts";

/** Pydantic Logfire and Pydantic AI: requests and replies as they were, or events in an attribute. */

export const logfire: Convention = {
  name: "logfire",
  facts: { agentName: ["agent_name"], requestModel: ["model_name"] },
  repeats: ["logfire.msg_template", "logfire.json_schema", "logfire.span_type"],
  spanType: (attributes) => {
    if (asRecord(parsedIfJson(own(attributes, "request_data")))?.messages !== undefined) return "COMPLETION";
    if (own(attributes, "tool_arguments") !== undefined) return "CODE_EXECUTION";
    return own(attributes, "pydantic_ai.all_messages") === undefined ? undefined : "AGENT_WORKFLOW";
  },
  inputs: (attributes) => [
    ...whole(attributes, "request_data", "tool_arguments"),
    ...list(attributes, "pydantic_ai.all_messages"),
    ...listed(attributes, "input"),
  ],
  outputs: (attributes) => [
    ...whole(attributes, "response_data", "tool_response", "final_result"),
    ...listed(attributes, "output"),
  ],
};

function list(attributes: Readonly<Record<string, unknown>>, name: string): readonly Candidate[] {
  const value = parsedIfJson(own(attributes, name));
  return isEmpty(value) ? [] : [{ value: { messages: value }, names: [name] }];
}

/** `events`: the messages that other instrumentations put into span events, as one list. */
function listed(attributes: Readonly<Record<string, unknown>>, side: "input" | "output"): readonly Candidate[] {
  for (const name of ["events", "all_messages_events"]) {
    const events = parsedIfJson(own(attributes, name));
    if (!Array.isArray(events)) continue;
    const spoken = events.map((event) => {
      const { "event.name": eventName, ...body } = asRecord(event) ?? {};
      return { name: typeof eventName === "string" ? eventName : "", attributes: body };
    });
    if (!spoken.every((event) => /^gen_ai\./.test(event.name))) continue;
    const messages = eventMessages(spoken)[side];
    return messages.length === 0
      ? []
      : [{ value: { messages: messages.map(({ message }) => message) }, names: [name] }];
  }
  return [];
}
