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
  const [whole, streamedText, classified, summary] = v1["generate, classify and summarize"].spans;
  const facts = ({ name, type, status, data }) => [name, type, status, data.model, data.responseId];
  assert.deepEqual(facts(whole), ["generate", "COMPLETION", "OK", "command-x", "gen-1"]);
  assert.deepEqual(facts(streamedText), ["generateStream", "COMPLETION", "OK", "command-x", "gen-1"]);
  assert.deepEqual(facts(classified), ["classify", "STANDALONE", "OK", "command-x", "cl-1"]);
  assert.deepEqual(facts(summary), ["summarize", "COMPLETION", "OK", "command-x", "s-1"]);
  assert.deepEqual([whole.output.generations[0].text, summary.output.summary], ["four", "four"]);
  assert.deepEqual([streamedText.output.generations[0].text, streamedText.data.chunks], ["four", 3]);
  assert.equal(classified.output.classifications[0].prediction, "x");
  assert.equal(v1["generateStream, left early"].spans[0].output.text, "fo");
  assert.equal(v1["a refusal of generate"].spans[0].status, "ERROR");
  const usage = { billedUnits: { inputTokens: 5, outputTokens: 2 }, tokens: { inputTokens: 9, outputTokens: 3 } };
  for (const span of [old, v1.chat.spans[0], whole, classified, summary, v2.parse.spans[0]]) {
    assert.deepEqual(span.data.usage, usage, span.name);
  }
  assert.deepEqual([old.data.responseId, v2.parse.spans[0].data.responseId], ["g-1", "p-1"]);
  for (const [heard] of [v1.transcriptions.spans, v2.transcriptions.spans]) {
    const { name, type, input, output, data } = heard;
    assert.deepEqual([name, type, data.model], ["audio.transcriptions.create", "STANDALONE", "voice-x"]);
    assert.deepEqual([input, output], [{ model: "voice-x", language: "en" }, { text: "four" }]);
  }
  for (const [feature, status] of [
    ["a refusal", "ERROR"],
    ["chatStream that breaks", "ERROR"],
    ["chatStream, left early", "OK"],
  ]) {
    assert.equal(v2[feature].spans[0].status, status, feature);
  }
});
