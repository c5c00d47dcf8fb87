/** The AWS SDK's client of Bedrock: the same program bare and observed, and what the spans say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFeatures } from "./compare.mjs";

const bothWays = await compareFeatures("bedrock-both-ways.features.mjs", "bedrockBothWays");
const observed = await compareFeatures("bedrock.features.mjs", "bedrock");

test("bedrock: what the spans say", () => {
  const [plain] = observed.Converse.spans;
  assert.deepEqual([plain.name, plain.type, plain.data.provider], ["Converse", "COMPLETION", "aws.bedrock"]);
  assert.deepEqual(plain.input.messages, [{ role: "user", content: [{ text: "2 + 2?" }] }]);
  assert.equal(plain.output.output.message.content[0].text, "four");
  assert.deepEqual(plain.data.usage, { inputTokens: 9, outputTokens: 3, totalTokens: 12, cacheReadInputTokens: 4 });
  assert.deepEqual([plain.data.model, plain.data.requestId], ["claude-x", "req_1"]);

  const [streamed] = observed.ConverseStream.spans;
  assert.deepEqual(streamed.output.output.message.content, [
    { reasoningContent: { reasoningText: { text: "hm" } } },
    { text: "four" },
    { toolUse: { toolUseId: "t1", name: "add", input: { a: 1 } } },
  ]);
  assert.deepEqual([streamed.output.stopReason, streamed.data.usage.inputTokens], ["tool_use", 9]);
  assert.ok(streamed.data.timeToFirstTokenMs > 0);

  const [invoked] = observed.InvokeModel.spans;
  assert.equal(invoked.input.messages[0].content, "2 + 2?");
  assert.deepEqual([invoked.data.responseId, invoked.data.usage.output_tokens], ["msg_1", 3]);
  const [chunks] = observed.InvokeModelWithResponseStream.spans;
  assert.deepEqual(chunks.output.content, [{ type: "text", text: "four" }]);
  assert.equal(chunks.data.usage.output_tokens, 3);
  const [embedding] = observed["InvokeModel of embeddings"].spans;
  assert.deepEqual(embedding.output, { inputTextTokenCount: 4, count: 1, dimensions: 3 });

  assert.equal(observed["an attempt more"].spans[0].data.attempts, 2);
  for (const [feature, status] of [
    ["a refusal", "ERROR"],
    ["ConverseStream with an error in it", "ERROR"],
    ["ConverseStream that breaks", "ERROR"],
    ["aborted before", "CANCELED"],
    ["ConverseStream, aborted while it runs", "CANCELED"],
    ["ConverseStream, left early", "OK"],
  ]) {
    assert.equal(observed[feature].spans[0].status, status, feature);
  }
});

test("bedrock: what the span of a stream says that goes both ways", () => {
  const [talk] = bothWays["a conversation with a tool"].spans;
  assert.deepEqual(
    [talk.type, talk.status, talk.data.requestId, talk.data.responseId],
    ["COMPLETION", "OK", "req_1", "c-1"],
  );
  assert.deepEqual([talk.data.usage.inputTokens, talk.data.usage.outputTokens], [12, 5]);
  assert.ok(talk.data.timeToFirstTokenMs > 0);
  const { modelId, inferenceConfig, toolConfig, system, messages } = talk.input;
  assert.deepEqual(
    [modelId, inferenceConfig, system],
    ["amazon.nova-sonic", { maxTokens: 100 }, [{ text: "be brief" }]],
  );
  assert.equal(toolConfig.tools[0].toolSpec.name, "add");
  assert.deepEqual(messages, [
    { role: "user", content: [{ text: "and slowly" }, { text: "what is 2 + 2?" }] },
    { role: "assistant", content: [{ toolUse: { toolUseId: "t-1", name: "add", input: { a: 2, b: 2 } } }] },
    { role: "user", content: [{ toolResult: { toolUseId: "t-1", content: [{ text: '{"sum":4}' }] } }] },
  ]);
  // What was spoken, not its preview; and no sound.
  assert.deepEqual(talk.output.output.message, { role: "assistant", content: [{ text: "Four." }] });
  assert.doesNotMatch(JSON.stringify(talk), /UklGRg/);
  for (const [feature, status] of Object.entries({
    "left early": "OK",
    "an error in it": "ERROR",
    "aborted while it runs": "CANCELED",
    "a refusal": "ERROR",
    "what is sent fails": "ERROR",
  })) {
    const [span] = bothWays[feature].spans;
    assert.deepEqual([span.status, span.input.system], [status, feature === "a refusal" ? span.input.system : system]);
  }
});
