import { memberOf } from "../../recording/following/members.ts";
import type { ModelOperation } from "../model-call/model-call.ts";
import { CompletionReply, EventsReply } from "./plain-replies.ts";
import { ChatReply, ResponsesReply } from "./replies.ts";

type Operation = Omit<ModelOperation, "provider">;

/** The operations of OpenAI's interface, which others speak too. */
export const OPENAI_OPERATIONS: readonly Operation[] = [
  { name: "chat.completions.create", type: "COMPLETION", builder: () => new ChatReply() },
  { name: "responses.create", type: "COMPLETION", builder: () => new ResponsesReply() },
  { name: "responses.compact", type: "COMPLETION" },
  { name: "beta.responses.create", type: "COMPLETION", builder: () => new ResponsesReply() },
  { name: "beta.responses.compact", type: "COMPLETION" },
  { name: "decisions.create", type: "COMPLETION" },
  { name: "completions.create", type: "COMPLETION", builder: () => new CompletionReply() },
  { name: "embeddings.create", type: "STANDALONE", keep: withoutVectors },
  { name: "images.generate", type: "STANDALONE", builder: () => new EventsReply() },
  { name: "images.edit", type: "STANDALONE", builder: () => new EventsReply() },
  { name: "images.createVariation", type: "STANDALONE" },
  { name: "audio.transcriptions.create", type: "STANDALONE", builder: () => new EventsReply() },
  { name: "audio.translations.create", type: "STANDALONE" },
  { name: "audio.speech.create", type: "STANDALONE" },
  { name: "moderations.create", type: "STANDALONE" },
];

/** How many vectors there are and of how many dimensions: their numbers tell nobody anything. */
export function withoutVectors(reply: unknown): unknown {
  const data = memberOf(reply, "data");
  if (!Array.isArray(data)) return undefined;
  const dimensions = memberOf(memberOf(data[0], "embedding"), "length");
  return {
    object: "list",
    model: memberOf(reply, "model"),
    count: data.length,
    dimensions,
    usage: memberOf(reply, "usage"),
  };
}
