/** Spans as each convention for attributes writes one call, with as little of everything as it takes. */
import type { AttributedSpan } from "../span/normalize-span.ts";

const CALLS = [{ id: "c", type: "function", function: { name: "f", arguments: '{"x":1}' } }];
const MESSAGES = [
  { role: "user", content: "a" },
  { role: "assistant", content: null, tool_calls: CALLS },
  { role: "tool", tool_call_id: "c", content: "r" },
];
const GEN_AI = [{ role: "user", parts: [{ type: "text", content: "a" }] }];
const text = (value: unknown) => JSON.stringify(value);

/** A list under numbered names can grow: `*` stands for the number. */
export const ATTRIBUTED: readonly (readonly [string, AttributedSpan])[] = [
  [
    "GenAI",
    {
      name: "chat m",
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.system_instructions": text([{ type: "text", content: "s" }]),
        "gen_ai.input.messages": text(GEN_AI),
        "gen_ai.output.messages": text([{ role: "assistant", parts: [{ type: "text", content: "b" }] }]),
        "gen_ai.tool.definitions": text([{ type: "function", name: "f", parameters: {} }]),
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.*": 1,
      },
    },
  ],
  [
    "GenAI events",
    {
      name: "chat m",
      attributes: { "gen_ai.operation.name": "chat" },
      events: [
        { name: "gen_ai.user.message", attributes: { content: "a" } },
        { name: "gen_ai.assistant.message", attributes: { tool_calls: text(CALLS) } },
        { name: "gen_ai.choice", attributes: { index: 0, message: text({ content: "b" }), finish_reason: "stop" } },
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: { "gen_ai.input.messages": text(GEN_AI), "gen_ai.output.messages": text(GEN_AI) },
        },
      ],
    },
  ],
  [
    "OpenInference",
    {
      name: "llm",
      attributes: {
        "openinference.span.kind": "LLM",
        "input.value": text({ model: "m", messages: MESSAGES }),
        "input.mime_type": "application/json",
        "output.value": text({ choices: [{ message: MESSAGES[1] }] }),
        "llm.input_messages.*.message.role": "user",
        "llm.input_messages.*.message.content": "a",
        "llm.input_messages.*.message.contents.0.message_content.text": "a",
        "llm.output_messages.0.message.tool_calls.*.tool_call.function.name": "f",
        "llm.tools.*.tool.json_schema": text({ type: "function", function: { name: "f" } }),
        "llm.token_count.prompt": 1,
        "metadata.*": "m",
      },
    },
  ],
  [
    "OpenInference, a retriever",
    {
      name: "retrieve",
      attributes: {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "q",
        "retrieval.documents.*.document.content": "d",
        "retrieval.documents.*.document.score": 0.5,
      },
    },
  ],
  [
    "OpenInference, an embedding",
    {
      name: "embed",
      attributes: {
        "openinference.span.kind": "EMBEDDING",
        "embedding.embeddings.*.embedding.text": "a",
        "embedding.embeddings.*.embedding.vector": "[0.5,1]",
      },
    },
  ],
  [
    "Langfuse",
    {
      name: "generation",
      attributes: {
        "langfuse.observation.type": "generation",
        "langfuse.observation.input": text(MESSAGES),
        "langfuse.observation.output": text({ role: "assistant", content: "b" }),
        "langfuse.observation.usage_details": text({ input: 1, output: 2 }),
        "langfuse.observation.metadata.*": "m",
        "langfuse.trace.tags": ["t"],
      },
    },
  ],
  [
    "Traceloop",
    {
      name: "openai.chat",
      attributes: {
        "llm.request.type": "chat",
        "gen_ai.prompt.*.role": "user",
        "gen_ai.prompt.*.content": "a",
        "gen_ai.completion.0.tool_calls.*.name": "f",
        "gen_ai.completion.0.tool_calls.*.arguments": "{}",
        "llm.request.functions.*.name": "f",
        "traceloop.association.properties.*": "p",
      },
    },
  ],
  [
    "Traceloop, a workflow",
    {
      name: "w.workflow",
      attributes: {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": text({ args: [{ x: 1 }], kwargs: {} }),
        "traceloop.entity.output": text({ y: 2 }),
      },
    },
  ],
  [
    "AI SDK",
    {
      name: "ai.generateText.doGenerate",
      attributes: {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.prompt.messages": text([{ role: "user", content: [{ type: "text", text: "a" }] }]),
        "ai.prompt.tools": [text({ type: "function", name: "f", inputSchema: {} })],
        "ai.response.text": "b",
        "ai.response.toolCalls": text([{ toolCallId: "c", toolName: "f", input: "{}" }]),
        "ai.usage.promptTokens": 1,
        "ai.settings.*": 1,
        "ai.telemetry.metadata.*": "m",
      },
    },
  ],
  [
    "Logfire",
    {
      name: "Chat Completion",
      attributes: {
        request_data: text({ model: "m", messages: MESSAGES }),
        response_data: text({ message: { role: "assistant", content: "b" }, usage: { prompt_tokens: 1 } }),
        events: text([
          { "event.name": "gen_ai.user.message", role: "user", content: "a" },
          { "event.name": "gen_ai.choice", index: 0, message: { role: "assistant", content: "b" } },
        ]),
      },
    },
  ],
  [
    "Mastra",
    {
      name: "chat m",
      attributes: {
        "mastra.span.type": "model_generation",
        input: text({ messages: MESSAGES }),
        output: text({ text: "b", toolCalls: [{ payload: { toolCallId: "c", toolName: "f", args: {} } }] }),
      },
    },
  ],
  [
    "LangSmith",
    {
      name: "ChatOpenAI",
      attributes: {
        "langsmith.span.kind": "llm",
        "gen_ai.prompt": text({ messages: [MESSAGES] }),
        "gen_ai.completion": text({ generations: [[{ text: "b", message: { type: "ai", content: "b" } }]] }),
        "langsmith.metadata.*": "m",
        "langsmith.span.tags": "t",
      },
    },
  ],
  [
    "Agentex and SGP",
    {
      name: "turn",
      attributes: { __span_type__: "COMPLETION", usage: { input_tokens: 1 }, tags: ["t"], model: "m", note: "n" },
    },
  ],
];
