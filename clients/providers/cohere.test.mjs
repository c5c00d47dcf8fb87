/** Cohere's clients: the same program bare and observed, and what the spans say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFeatures } from "./compare.mjs";

const v2 = await compareFeatures("cohere.features.mjs", "cohere2");
const v1 = await compareFeatures("cohere.features.mjs", "cohere1");

test("cohere: what the spans say", () => {
  const [chat] = v2.chat.spans;
  assert.deepEqual(
    [chat.name, chat.type, chat.data.provider, chat.data.responseId],
    ["chat", "COMPLETION", "cohere", "c-1"],
  );
  assert.deepEqual(chat.input.messages, [{ role: "user", content: "2 + 2?" }]);
  assert.equal(chat.output.message.content[0].text, "four");
  assert.deepEqual(chat.data.usage.tokens, { inputTokens: 9, outputTokens: 3 });
  assert.equal(chat.data.model, "command-x");
  const [streamed] = v2.chatStream.spans;
  assert.deepEqual(streamed.output.message, {
    role: "assistant",
    toolPlan: "I add.",
    content: [{ type: "text", text: "four" }],
    toolCalls: [{ id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
  });
  assert.deepEqual([streamed.output.finishReason, streamed.data.usage.tokens.inputTokens], ["TOOL_CALL", 9]);
  const [old] = v1.chatStream.spans;
  assert.deepEqual([old.output.text, old.output.generationId], ["four", "g-1"]);
  const [embed, rerank] = v2["embed and rerank"].spans;
  assert.deepEqual(embed.output.embeddings, { float: { count: 1, dimensions: 2 } });
  assert.equal(rerank.type, "RERANKING");
  for (const [feature, status] of [
    ["a refusal", "ERROR"],
    ["chatStream that breaks", "ERROR"],
    ["chatStream, left early", "OK"],
  ]) {
    assert.equal(v2[feature].spans[0].status, status, feature);
  }
});
