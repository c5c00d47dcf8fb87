/** A program traced with LangSmith's own client. Only its environment says where the runs go. */
import { Client } from "langsmith";
import { traceable } from "langsmith/traceable";

const client = new Client();
const callModel = traceable(
  async (messages) => ({ role: "assistant", content: `answer to ${messages.messages.at(-1).content}` }),
  { name: "llm", run_type: "llm", client, metadata: { ls_model_name: "gpt-4o", thread_id: "thread-1" } },
);
const agent = traceable(
  async (question) => (await callModel({ messages: [{ role: "user", content: question }] })).content,
  { name: "agent", client },
);
const failing = traceable(
  () => {
    throw new TypeError("no luck");
  },
  { name: "failing", run_type: "tool", client },
);
await agent("hi ☃");
await Promise.resolve()
  .then(() => failing())
  .catch(() => {});
await client.awaitPendingTraceBatches();
