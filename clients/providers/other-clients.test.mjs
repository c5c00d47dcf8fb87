/** Google's, Mistral's and Ollama's clients: each feature bare and observed, and what the spans say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFeatures } from "./compare.mjs";

const google2 = await compareFeatures("google.features.mjs", "google2");
const google3 = await compareFeatures("google.features.mjs", "google3");
const vertex2 = await compareFeatures("google.features.mjs", "vertex2");
const vertex3 = await compareFeatures("google.features.mjs", "vertex3");
const mistral = await compareFeatures("mistral.features.mjs", "mistral");
const ollama = await compareFeatures("ollama.features.mjs", "ollama");

for (const [name, observed, major = ""] of [
  ["google", google2, " 2"],
  ["google", google3, " 3"],
  ["mistral", mistral],
  ["ollama", ollama],
]) {
  test(`${name}${major}: how calls end`, () => {
    for (const [feature, status] of Object.entries({
      "a call, awaited": "OK",
      "a stream, left early": "OK",
      "a stream that breaks": "ERROR",
      "a refusal": "ERROR",
      "a refusal of a stream": "ERROR",
      ...(name === "ollama"
        ? {}
        : { "aborted before": "CANCELED", "a stream, aborted at the first piece": "CANCELED" }),
    })) {
      assert.equal(observed[feature].spans[0].status, status, feature);
    }
    for (const { data, type, input } of observed["100 in parallel"].spans) {
      assert.deepEqual([data.provider, type, typeof input], [name, "COMPLETION", "object"]);
    }
  });
}

for (const [major, google, vertex] of [
  [2, google2, vertex2],
  [3, google3, vertex3],
]) {
  test(`google ${major}: what the spans of interactions say`, () => {
    const feature = (name) => google[`interactions: ${name}`].spans;
    const [call] = feature("a call, awaited");
    assert.deepEqual([call.name, call.type, call.status], ["interactions.create", "COMPLETION", "OK"]);
    assert.deepEqual([call.data.model, call.data.responseId], ["gemini-x-1", "i-1"]);
    assert.deepEqual([call.data.usage.total_thought_tokens, call.input.input], [2, "2 + 2?"]);
    assert.equal(call.output.steps[0].content[0].text, "four");
    for (const name of ["a stream, iterated", "a stream, as a web stream"]) {
      const [streamed] = feature(name);
      assert.deepEqual(streamed.output.steps, [
        { type: "thought", summary: [{ type: "text", text: "hm" }], signature: "c2ln" },
        { type: "model_output", content: [{ type: "text", text: "four" }] },
        { type: "function_call", id: "call_1", name: "add", arguments: '{"a":1}' },
      ]);
      assert.deepEqual([streamed.output.status, streamed.data.responseId], ["completed", "i-1"]);
      assert.deepEqual([streamed.data.chunks, streamed.data.usage.total_tokens], [12, 14]);
    }
    for (const [name, status] of Object.entries({
      "a stream, left early": "OK",
      "a stream that breaks": "ERROR",
      "a refusal": "ERROR",
      "aborted before": "CANCELED",
      "a stream, aborted at the first piece": "CANCELED",
    })) {
      assert.equal(feature(name)[0].status, status, name);
    }
    assert.equal(google.decisions.spans.length, major - 2);
    for (const { data, type } of vertex.images.spans) {
      assert.deepEqual([data.provider, data.model, type], ["google", "image-x", "STANDALONE"]);
    }
    assert.deepEqual(
      vertex.images.spans.map(({ name, status }) => [name, status]),
      ["edit", "upscale", "recontext", "segment"].map((verb) => [`models.${verb}Image`, "OK"]),
    );
  });

  test(`google ${major}: what the spans say`, () => {
    const [call] = google["a call, awaited"].spans;
    assert.deepEqual([call.data.model, call.data.responseId], ["gemini-x-1", "g-1"]);
    assert.equal(call.data.usage.thoughtsTokenCount, 2);
    assert.equal(call.output.candidates[0].content.parts[0].text, "four");
    const [streamed] = google["a stream, iterated"].spans;
    assert.deepEqual(streamed.output.candidates[0].content.parts, [{ text: "hm", thought: true }, { text: "four" }]);
    assert.deepEqual([streamed.data.chunks, streamed.data.usage.totalTokenCount], [3, 14]);
    assert.deepEqual(google["a tool is asked for"].spans[0].output.candidates[0].content.parts[0].functionCall.args, {
      a: 1,
      b: 2,
    });
    assert.equal(google.chats.spans.length, 2);
    for (const name of ["tools that the client calls", "tools that the client calls, streamed"]) {
      const { spans } = google[name];
      assert.deepEqual(
        spans.map(({ status, data }) => [status, data.usage.totalTokenCount]),
        [
          ["OK", 14],
          ["OK", 14],
        ],
      );
      assert.equal(spans[1].input.contents.at(-1).parts[0].functionResponse.name, "add");
    }
    assert.equal(google["a stream, left early"].spans[0].output.candidates[0].content.parts[0].text, "hm");
  });
}

test("mistral: what the spans say", () => {
  const [call] = mistral["a call, awaited"].spans;
  assert.deepEqual([call.data.model, call.data.responseId, call.data.usage.promptTokens], ["mistral-x-1", "m-1", 9]);
  const [streamed] = mistral["a stream, iterated"].spans;
  assert.equal(streamed.output.choices[0].message.content, "four");
  assert.equal(streamed.data.usage.totalTokens, 12);
  const [, asked] = mistral["a tool is asked for"].spans;
  assert.equal(asked.output.choices[0].message.tool_calls[0].function.name, "add");
  assert.deepEqual([mistral.embeddings.spans[0].output.count, mistral.embeddings.spans[0].output.dimensions], [1, 2]);
});

test("mistral: what the spans of conversations, speech and transcriptions say", () => {
  const feature = (name) => mistral[`conversations: ${name}`].spans;
  const [call] = feature("a call, awaited");
  assert.deepEqual([call.name, call.type, call.input.inputs], ["beta.conversations.start", "COMPLETION", "2 + 2?"]);
  const facts = ({ data }) => [data.model, data.conversationId, data.responseId, data.usage.totalTokens];
  assert.deepEqual(facts(call), ["mistral-x-1", "conv-1", "msg-1", 12]);
  assert.equal(call.output.outputs[0].content, "four");
  const [streamed] = feature("a stream, iterated");
  assert.deepEqual(facts(streamed), ["mistral-x-1", "conv-1", "fn-1", 12]);
  const [tool, message, asked] = streamed.output.outputs;
  assert.deepEqual([tool.type, tool.arguments, tool.info], ["tool.execution", "{}", { found: 1 }]);
  assert.equal(message.type, "message.output");
  assert.deepEqual(
    message.content.map(({ type, text }) => [type, text]),
    [
      ["text", "four"],
      ["tool_reference", undefined],
      ["text", " it is"],
    ],
  );
  assert.deepEqual([asked.type, asked.name, asked.arguments], ["function.call", "add", '{"a":1}']);
  assert.equal(streamed.data.chunks, 10);
  for (const [name, status] of Object.entries({
    "a stream, left early": "OK",
    "a stream that breaks": "ERROR",
    "a refusal": "ERROR",
    "aborted before": "CANCELED",
    "a stream, aborted at the first piece": "CANCELED",
  })) {
    assert.equal(feature(name)[0].status, status, name);
  }
  assert.deepEqual(
    mistral["conversations that go on"].spans.map(({ name, data }) => [name, data.conversationId, data.model]),
    ["append", "restart", "appendStream", "restartStream"].map((verb) => [
      `beta.conversations.${verb}`,
      "conv-1",
      "mistral-x-1",
    ]),
  );
  const [spoken, spokenInPieces] = mistral.speech.spans;
  assert.deepEqual([spoken.output, spoken.data.model, spoken.input.input], [{ audioBytes: 4 }, "voice-x", "four"]);
  assert.deepEqual([spokenInPieces.output.audioBytes, spokenInPieces.data.usage.totalTokens], [4, 12]);
  const [heard, left] = mistral["transcriptions, streamed"].spans;
  assert.deepEqual([heard.output.text, heard.data.model, heard.data.usage.totalTokens], ["four", "voice-x-1", 12]);
  assert.deepEqual([left.output, left.status], [{ text: "fo" }, "OK"]);
});

test("ollama: what the spans say", () => {
  const [call] = ollama["a call, awaited"].spans;
  assert.deepEqual([call.data.model, call.output.message.content, call.output.eval_count], ["llama-x", "four", 3]);
  const [streamed] = ollama["a stream, iterated"].spans;
  assert.deepEqual(streamed.output.message, { role: "assistant", content: "four", thinking: "hm" });
  assert.equal(streamed.output.prompt_eval_count, 9);
  const [, asked] = ollama["a tool is asked for"].spans;
  assert.deepEqual(asked.output.message.tool_calls[0].function.arguments, { a: 1 });
  assert.deepEqual(ollama.embed.spans[0].output.dimensions, 2);
  const [{ name, type, input, output, data, status }] = ollama.embeddings.spans;
  assert.deepEqual([name, type, status, data.model, input.prompt], ["embeddings", "STANDALONE", "OK", "embed-x", "a"]);
  assert.deepEqual([output.count, output.dimensions], [1, 2]);
  const [decided] = ollama.systemone.spans;
  assert.deepEqual([decided.type, decided.data.model, decided.data.usage.input_tokens], ["COMPLETION", "llama-x-1", 9]);
  assert.equal(decided.output.answers.sure.noul, 0.9);
  assert.equal(ollama["a refusal of embeddings"].spans[0].status, "ERROR");
});
