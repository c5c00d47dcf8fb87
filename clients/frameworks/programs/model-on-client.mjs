/** A model of the AI SDK's that asks by a client of the provider's, as programs write one for what has no package. */

export const modelOn = (client) => ({
  specificationVersion: "v4",
  provider: "own",
  modelId: "gpt-4",
  supportedUrls: {},
  async doGenerate(options) {
    const { id, model, choices, usage } = await client.chat.completions.create(requestOf(options));
    return {
      content: contentOf(choices[0].message),
      finishReason: reasonOf(choices[0].finish_reason),
      usage: usageOf(usage),
      response: { id, modelId: model },
      warnings: [],
    };
  },
  async doStream(options) {
    const stream = await client.chat.completions.create({ ...requestOf(options), stream: true });
    return { stream: ReadableStream.from(partsOf(stream)) };
  },
});

const requestOf = ({ prompt, tools = [] }) => ({
  model: "gpt-4",
  messages: prompt.map(({ role, content }) => ({ role, content: JSON.stringify(content) })),
  tools: tools.map(({ name, inputSchema }) => ({ type: "function", function: { name, parameters: inputSchema } })),
});

const contentOf = ({ content, tool_calls = [] }) => [
  ...(content ? [{ type: "text", text: content }] : []),
  ...tool_calls.map(({ id, function: { name, arguments: input } }) => ({
    type: "tool-call",
    toolCallId: id,
    toolName: name,
    input,
  })),
];

const reasonOf = (raw) => ({ unified: raw === "tool_calls" ? "tool-calls" : "stop", raw });

const usageOf = ({ prompt_tokens, completion_tokens }) => ({
  inputTokens: { total: prompt_tokens },
  outputTokens: { total: completion_tokens },
});

async function* partsOf(stream) {
  const message = { content: "", tool_calls: [] };
  let last;
  yield { type: "stream-start", warnings: [] };
  for await (const chunk of stream) {
    const { content, tool_calls } = chunk.choices[0].delta;
    if (last === undefined) yield { type: "response-metadata", id: chunk.id, modelId: chunk.model };
    message.content += content ?? "";
    message.tool_calls.push(...(tool_calls ?? []));
    last = chunk;
  }
  for (const part of contentOf(message)) {
    if (part.type === "tool-call") yield part;
    else {
      yield { type: "text-start", id: "1" };
      yield { type: "text-delta", id: "1", delta: part.text };
      yield { type: "text-end", id: "1" };
    }
  }
  yield { type: "finish", finishReason: reasonOf(last.choices[0].finish_reason), usage: usageOf(last.usage) };
}
