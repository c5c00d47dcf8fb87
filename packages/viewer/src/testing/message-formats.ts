/** One exchange in each form that providers, SDKs and frameworks record: asked `QUESTION`, answered `ANSWER`. */

export interface MessageFormat {
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
}

export const QUESTION = "What is the weather in Paris?";
export const ANSWER = "Ten degrees, and it rains.";

const ASKED = { role: "user", content: QUESTION };
const REPLY = { role: "assistant", content: ANSWER };
const TEXT = [{ type: "text", text: ANSWER }];

export const MESSAGE_FORMATS: readonly MessageFormat[] = [
  { name: "plain text", input: QUESTION, output: ANSWER },
  {
    name: "OpenAI chat completions",
    input: { model: "gpt-4o", messages: [ASKED] },
    output: { id: "c", object: "chat.completion", choices: [{ index: 0, finish_reason: "stop", message: REPLY }] },
  },
  {
    name: "OpenAI chat completions, streamed",
    input: { model: "gpt-4o", messages: [ASKED], stream: true },
    output: [ANSWER.slice(0, 9), ANSWER.slice(9)].map((content) => ({
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { role: "assistant", content } }],
    })),
  },
  {
    name: "OpenAI Responses",
    input: { model: "gpt-4o", input: [{ role: "user", content: [{ type: "input_text", text: QUESTION }] }] },
    output: {
      object: "response",
      output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: ANSWER }] }],
    },
  },
  {
    name: "OpenAI Responses with a search of the web",
    input: { input: QUESTION },
    output: {
      object: "response",
      output: [
        { type: "web_search_call", id: "w", status: "completed", action: { type: "search", query: "weather Paris" } },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: ANSWER }] },
      ],
    },
  },
  {
    name: "OpenAI Responses with a tool of a server",
    input: { input: QUESTION },
    output: {
      object: "response",
      output: [
        { type: "mcp_call", id: "m", name: "weather", arguments: "{}", output: "10" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: ANSWER }] },
      ],
    },
  },
  {
    name: "OpenAI Agents SDK",
    input: [{ type: "message", role: "user", content: QUESTION }],
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: ANSWER }] }],
  },
  {
    name: "Anthropic Messages",
    input: { system: "Be brief.", messages: [ASKED] },
    output: { type: "message", role: "assistant", content: TEXT, stop_reason: "end_turn" },
  },
  {
    name: "Anthropic Messages with thinking",
    input: { messages: [ASKED] },
    output: {
      type: "message",
      role: "assistant",
      content: [{ type: "thinking", thinking: "Rain is likely.", signature: "x" }, ...TEXT],
    },
  },
  {
    name: "Anthropic Messages, streamed",
    input: { messages: [ASKED], stream: true },
    output: [
      { type: "message_start", message: { type: "message", role: "assistant", content: [] } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: ANSWER } },
      { type: "content_block_stop", index: 0 },
      { type: "message_stop" },
    ],
  },
  {
    name: "Claude Agent SDK",
    input: { type: "user", message: ASKED },
    output: { type: "assistant", message: { role: "assistant", content: TEXT } },
  },
  {
    name: "Gemini",
    input: { contents: [{ role: "user", parts: [{ text: QUESTION }] }] },
    output: { candidates: [{ content: { role: "model", parts: [{ text: ANSWER }] }, finishReason: "STOP" }] },
  },
  {
    name: "Gemini, streamed",
    input: { contents: [{ role: "user", parts: [{ text: QUESTION }] }] },
    output: [ANSWER.slice(0, 9), ANSWER.slice(9)].map((text) => ({
      candidates: [{ content: { role: "model", parts: [{ text }] } }],
    })),
  },
  {
    name: "Google's interactions",
    input: { model: "m", input: [{ type: "user_input", content: [{ type: "text", text: QUESTION }] }] },
    output: {
      id: "i",
      object: "interaction",
      status: "completed",
      steps: [
        { type: "google_search_call", id: "s", arguments: { queries: ["q"] } },
        { type: "google_search_result", call_id: "s", result: [{ title: "t" }] },
        { type: "model_output", content: [{ type: "text", text: ANSWER }] },
      ],
    },
  },
  {
    name: "Mistral's conversations",
    input: { agentId: "a", inputs: QUESTION },
    output: {
      object: "conversation.response",
      conversationId: "conv",
      outputs: [
        { object: "entry", type: "tool.execution", id: "t", name: "web_search", arguments: "{}", info: { found: 1 } },
        { object: "entry", type: "message.output", id: "msg", model: "m", role: "assistant", content: ANSWER },
      ],
    },
  },
  {
    name: "Bedrock Converse",
    input: { modelId: "m", messages: [{ role: "user", content: [{ text: QUESTION }] }] },
    output: { output: { message: { role: "assistant", content: [{ text: ANSWER }] } }, stopReason: "end_turn" },
  },
  {
    name: "Ollama",
    input: { model: "llama3", messages: [ASKED] },
    output: { model: "llama3", message: REPLY, done: true, done_reason: "stop" },
  },
  {
    name: "Mistral",
    input: { model: "mistral-large", messages: [ASKED] },
    output: { object: "chat.completion", choices: [{ index: 0, message: { ...REPLY, tool_calls: null } }] },
  },
  {
    name: "Cohere",
    input: { model: "command-r", messages: [ASKED] },
    output: { id: "c", finish_reason: "COMPLETE", message: { role: "assistant", content: TEXT } },
  },
  {
    name: "AI SDK, text",
    input: { messages: [{ role: "user", content: [{ type: "text", text: QUESTION }] }] },
    output: { text: ANSWER, toolCalls: [] },
  },
  {
    name: "AI SDK, content parts",
    input: { prompt: [{ role: "user", content: [{ type: "text", text: QUESTION }] }] },
    output: { content: TEXT, finishReason: "stop" },
  },
  {
    name: "AI SDK, messages of the interface",
    input: [{ id: "1", role: "user", parts: [{ type: "text", text: QUESTION }] }],
    output: { id: "2", role: "assistant", parts: [{ type: "step-start" }, { type: "text", text: ANSWER }] },
  },
  {
    name: "LangChain, serialized",
    input: [
      { lc: 1, type: "constructor", id: ["langchain_core", "messages", "HumanMessage"], kwargs: { content: QUESTION } },
    ],
    output: {
      lc: 1,
      type: "constructor",
      id: ["langchain_core", "messages", "AIMessage"],
      kwargs: { content: ANSWER },
    },
  },
  {
    name: "LangChain, stored",
    input: [{ type: "human", data: { content: QUESTION } }],
    output: { type: "ai", data: { content: ANSWER } },
  },
  {
    name: "LangChain, generations",
    input: [[{ type: "human", content: QUESTION }]],
    output: { generations: [[{ text: ANSWER, message: { type: "ai", content: ANSWER } }]] },
  },
  {
    name: "LlamaIndex",
    input: { messages: [{ role: "user", blocks: [{ block_type: "text", text: QUESTION }] }] },
    output: { message: { role: "assistant", blocks: [{ block_type: "text", text: ANSWER }] } },
  },
  {
    name: "OpenTelemetry's generative AI conventions",
    input: [{ role: "user", parts: [{ type: "text", content: QUESTION }] }],
    output: [{ role: "assistant", parts: [{ type: "text", content: ANSWER }], finish_reason: "stop" }],
  },
];
