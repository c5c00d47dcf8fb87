import type { SpanType } from "@everspan/protocol";
import { own } from "../json/json-record.ts";
import type { Convention } from "./convention.ts";

/**
 * LangSmith's attributes. What it calls a session (`session_name`, `session_id` of a trace) is a project; the
 * conversation is in the metadata.
 */

const TYPES: ReadonlyMap<unknown, SpanType> = new Map<unknown, SpanType>([
  ["llm", "COMPLETION"],
  ["embedding", "COMPLETION"],
  ["tool", "CODE_EXECUTION"],
  ["retriever", "KB_RETRIEVAL"],
  ["prompt", "PROMPT_ENGINEERING"],
]);

const METADATA = "langsmith.metadata.";

export const langsmith: Convention = {
  name: "langsmith",
  facts: {
    session: ["session_id", "thread_id", "conversation_id"].map((name) => METADATA + name),
    user: ["user_id", "userId"].map((name) => METADATA + name),
  },
  tags: ["langsmith.span.tags"],
  metadataPrefixes: [METADATA],
  repeats: ["langsmith.span.kind"],
  spanType: (attributes) => TYPES.get(own(attributes, "langsmith.span.kind")),
};
