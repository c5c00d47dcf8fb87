/** Payloads as providers and frameworks write them, one for each form, with the kinds of parts that they read to. */

export const INPUTS: readonly (readonly [string, unknown, readonly (readonly string[])[]])[] = [
  [
    "Google's interactions: steps that went before",
    {
      model: "m",
      system_instruction: "s",
      input: [
        { type: "user_input", content: [{ type: "text", text: "a" }] },
        { type: "thought", signature: "c2ln" },
        { type: "function_call", id: "c", name: "f", arguments: { a: 1 } },
        { type: "function_result", call_id: "c", name: "f", result: [{ type: "text", text: "3" }] },
      ],
    },
    [["text"], ["text"], ["reasoning", "toolCall"], ["toolResult"]],
  ],
  [
    "Google's interactions: parts",
    {
      model: "m",
      input: [
        { type: "text", text: "a" },
        { type: "image", data: "AAAA", mime_type: "image/png" },
      ],
    },
    [["text", "image"]],
  ],
  ["Mistral's conversations: a text", { agentId: "a", inputs: "2 + 2?" }, [["text"]]],
  [
    "Mistral's conversations: entries",
    {
      model: "m",
      instructions: "s",
      inputs: [
        { object: "entry", type: "message.input", role: "user", content: "a" },
        { object: "entry", type: "function.call", toolCallId: "c", name: "f", arguments: '{"a":1}' },
        { object: "entry", type: "function.result", toolCallId: "c", result: "3" },
      ],
    },
    [["text"], ["text"], ["toolCall"], ["toolResult"]],
  ],
  [
    "OpenAI chat",
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
      ],
    },
    [["text", "image"]],
  ],
  [
    "Anthropic with an image in a result",
    {
      system: "s",
      messages: [
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }],
            },
          ],
        },
      ],
    },
    [["text"], ["toolResult"]],
  ],
  [
    "Gemini",
    {
      systemInstruction: { parts: [{ text: "s" }] },
      contents: [
        { role: "user", parts: [{ text: "a" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
        { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { name: "f", response: { x: 1 } } }] },
      ],
    },
    [["text"], ["text", "image"], ["toolCall"], ["toolResult"]],
  ],
  [
    "AI SDK UI messages",
    [
      {
        role: "assistant",
        parts: [
          { type: "step-start" },
          { type: "text", text: "a" },
          { type: "tool-search", toolCallId: "c", state: "output-available", input: { q: 1 }, output: { hits: 2 } },
        ],
      },
    ],
    [["text", "toolCall", "toolResult"]],
  ],
  [
    "LangChain constructors",
    {
      messages: [
        [{ lc: 1, type: "constructor", id: ["langchain_core", "messages", "HumanMessage"], kwargs: { content: "a" } }],
      ],
    },
    [["text"]],
  ],
  [
    "LangChain stored",
    [
      { type: "human", data: { content: "a" } },
      { type: "ai", data: { content: "", tool_calls: [{ name: "f", args: { x: 1 }, id: "c", type: "tool_call" }] } },
    ],
    [["text"], ["toolCall"]],
  ],
  [
    "LangChain tuples",
    [
      ["system", "s"],
      ["human", "a"],
    ],
    [["text"], ["text"]],
  ],
  [
    "Bedrock Converse",
    {
      modelId: "m",
      system: [{ text: "s" }],
      messages: [
        { role: "user", content: [{ text: "a" }, { image: { format: "png", source: { bytes: "AAAA" } } }] },
        { role: "assistant", content: [{ toolUse: { toolUseId: "t", name: "f", input: {} } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "t", content: [{ json: { x: 1 } }] } }] },
      ],
    },
    [["text"], ["text", "image"], ["toolCall"], ["toolResult"]],
  ],
  ["Ollama", { model: "m", messages: [{ role: "user", content: "a", images: ["AAAA"] }] }, [["text", "image"]]],
  [
    "OpenAI Agents",
    [
      { role: "user", content: "a" },
      { type: "hosted_tool_call", name: "web_search", id: "h", arguments: "{}", output: "found" },
    ],
    [["text"], ["toolCall", "toolResult"]],
  ],
  [
    "OpenAI Responses",
    {
      instructions: "s",
      input: [
        { role: "user", content: [{ type: "input_text", text: "a" }] },
        { type: "custom_tool_call", call_id: "c", name: "f", input: "x" },
        { type: "custom_tool_call_output", call_id: "c", output: "y" },
      ],
    },
    [["text"], ["text"], ["toolCall"], ["toolResult"]],
  ],
  [
    "OpenAI chat with tools",
    {
      model: "m",
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } }],
      messages: [
        { role: "system", content: "s" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
        },
        { role: "tool", tool_call_id: "c", content: "r" },
      ],
    },
    [["text"], ["toolCall"], ["toolResult"]],
  ],
  [
    "AI SDK model messages",
    [
      { role: "user", content: [{ type: "text", text: "a" }] },
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "f", input: { x: 1 } }] },
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "c", toolName: "f", output: { type: "json", value: { y: 2 } } }],
      },
    ],
    [["text"], ["toolCall"], ["toolResult"]],
  ],
  [
    "LangChain dicts with the provider's calls",
    [
      { type: "human", content: "a" },
      {
        type: "ai",
        content: [{ type: "tool_use", id: "c", name: "f", input: { x: 1 } }],
        tool_calls: [{ name: "f", args: { x: 1 }, id: "c", type: "tool_call" }],
        additional_kwargs: { tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }] },
      },
    ],
    [["text"], ["toolCall"]],
  ],
  [
    "OpenTelemetry GenAI",
    {
      "gen_ai.system_instructions": [{ type: "text", content: "s" }],
      "gen_ai.input.messages": [
        { role: "user", parts: [{ type: "text", content: "a" }] },
        { role: "assistant", parts: [{ type: "tool_call", id: "c", name: "f", arguments: { x: 1 } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c", response: "r" }] },
      ],
    },
    [["text"], ["text"], ["toolCall"], ["toolResult"]],
  ],
  [
    "LlamaIndex",
    {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "", options: { toolCall: [{ id: "c", name: "f", input: { x: 1 } }] } },
      ],
    },
    [["text"], ["toolCall"]],
  ],
  [
    "Cohere's first version",
    { message: "b", chat_history: [{ role: "USER", message: "a" }], preamble: "s" },
    [["text"], ["text"], ["text"]],
  ],
  [
    "Mistral with a document",
    { messages: [{ role: "user", content: [{ type: "document_url", document_url: "https://a" }] }] },
    [["file"]],
  ],
  [
    "a tool of the Model Context Protocol",
    {
      messages: [
        {
          role: "tool",
          tool_call_id: "c",
          content: [{ type: "resource", resource: { uri: "file:///a", mimeType: "text/plain", text: "t" } }],
        },
      ],
    },
    [["toolResult"]],
  ],
  ["texts to embed", { model: "m", input: ["a", "b"] }, [["text"], ["text"]]],
];

export const OUTPUTS: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "Google's interactions",
    {
      id: "i",
      object: "interaction",
      model: "m",
      status: "completed",
      steps: [
        { type: "thought", signature: "c2ln", summary: [{ type: "text", text: "hm" }] },
        { type: "google_search_call", id: "s", arguments: { queries: ["q"] } },
        { type: "google_search_result", call_id: "s", result: [{ url: "http://x.test", title: "t" }] },
        { type: "code_execution_call", id: "e", arguments: { code: "1+1", language: "python" } },
        { type: "code_execution_result", call_id: "e", result: "2" },
        {
          type: "model_output",
          content: [
            { type: "text", text: "a", annotations: [{ type: "url_citation", url: "http://x.test", title: "t" }] },
          ],
        },
        { type: "function_call", id: "c", name: "f", arguments: { a: 1 } },
      ],
      usage: { total_input_tokens: 1, total_output_tokens: 1, total_tokens: 2 },
    },
    ["reasoning", "toolCall", "toolResult", "toolCall", "toolResult", "text", "citation", "toolCall"],
  ],
  [
    "Mistral's conversations",
    {
      object: "conversation.response",
      conversationId: "conv",
      outputs: [
        {
          object: "entry",
          type: "agent.handoff",
          previousAgentId: "a",
          previousAgentName: "A",
          nextAgentId: "b",
          nextAgentName: "B",
        },
        { object: "entry", type: "tool.execution", id: "t", name: "web_search", arguments: "{}", info: { found: 1 } },
        {
          object: "entry",
          type: "message.output",
          id: "msg",
          model: "m",
          role: "assistant",
          content: [
            { type: "text", text: "a" },
            { type: "tool_reference", tool: "web_search", title: "t", url: "http://x.test" },
          ],
        },
        { object: "entry", type: "function.call", id: "fn", toolCallId: "c", name: "f", arguments: '{"a":1}' },
      ],
      usage: { promptTokens: 9, completionTokens: 3, totalTokens: 12 },
    },
    ["unknown", "toolCall", "toolResult", "text", "citation", "toolCall"],
  ],
  [
    "OpenAI chat chunks",
    [
      { choices: [{ index: 0, delta: { role: "assistant", content: "a" } }] },
      { choices: [{ index: 0, delta: { content: "b" } }] },
    ],
    ["text"],
  ],
  [
    "OpenAI Responses with a search",
    {
      object: "response",
      output: [
        { type: "web_search_call", id: "w", action: { query: "q" } },
        {
          type: "message",
          role: "assistant",
          content: [
            { type: "output_text", text: "a", annotations: [{ type: "url_citation", url: "https://a", title: "A" }] },
          ],
        },
      ],
    },
    ["toolCall", "text", "citation"],
  ],
  [
    "Anthropic with a server's tool",
    {
      type: "message",
      role: "assistant",
      content: [
        { type: "thinking", thinking: "t", signature: "s" },
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        {
          type: "web_search_tool_result",
          tool_use_id: "s",
          content: [{ type: "web_search_result", url: "https://a", title: "A" }],
        },
        { type: "text", text: "a" },
      ],
    },
    ["reasoning", "toolCall", "toolResult", "text"],
  ],
  [
    "Gemini",
    {
      candidates: [
        { content: { role: "model", parts: [{ text: "t", thought: true }, { text: "a" }] }, finishReason: "STOP" },
      ],
    },
    ["reasoning", "text"],
  ],
  ["AI SDK", { text: "", toolCalls: [{ type: "tool-call", toolCallId: "c", toolName: "f", input: {} }] }, ["toolCall"]],
  [
    "AI SDK content",
    {
      content: [
        { type: "reasoning", text: "t" },
        { type: "text", text: "a" },
      ],
      finishReason: "stop",
    },
    ["reasoning", "text"],
  ],
  [
    "LangChain generations",
    {
      generations: [
        [{ text: "a", message: { lc: 1, type: "constructor", id: ["x", "AIMessage"], kwargs: { content: "a" } } }],
      ],
    },
    ["text"],
  ],
  [
    "Bedrock Converse",
    {
      output: {
        message: {
          role: "assistant",
          content: [{ reasoningContent: { reasoningText: { text: "t" } } }, { text: "a" }],
        },
      },
      stopReason: "end_turn",
    },
    ["reasoning", "text"],
  ],
  [
    "Ollama",
    {
      model: "m",
      done: true,
      message: { role: "assistant", content: "a", thinking: "t" },
      prompt_eval_count: 3,
      eval_count: 4,
    },
    ["reasoning", "text"],
  ],
  [
    "Cohere",
    {
      id: "x",
      finish_reason: "TOOL_CALL",
      message: {
        role: "assistant",
        tool_plan: "p",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    },
    ["reasoning", "toolCall"],
  ],
  [
    "Claude Agent SDK",
    [{ type: "assistant", message: { role: "assistant", content: [{ type: "text", text: "a" }] } }],
    ["text"],
  ],
  [
    "OpenAI chat chunks with calls",
    [
      { id: "i", choices: [{ index: 0, delta: { role: "assistant", content: null } }], timings: { queue: 1 } },
      { id: "i", choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c", function: { name: "f" } }] } }] },
      { id: "i", choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: "{}" } }] } }] },
      { id: "i", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }], timings: { queue: 2 } },
    ],
    ["toolCall"],
  ],
  [
    "OpenAI chat as server-sent events",
    'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"b"}}]}\n\ndata: [DONE]\n\n',
    ["text"],
  ],
  [
    "OpenAI Responses events",
    [
      { type: "response.created", response: { id: "r", output: [] } },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "message", role: "assistant", content: [] },
      },
      { type: "response.output_text.delta", output_index: 0, delta: "a" },
    ],
    ["text"],
  ],
  [
    "Anthropic events",
    [
      { type: "message_start", message: { id: "m", role: "assistant", content: [], usage: { input_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ],
    ["text"],
  ],
  [
    "Gemini chunks",
    [
      { candidates: [{ content: { role: "model", parts: [{ text: "a" }] } }], usageMetadata: { promptTokenCount: 1 } },
      { candidates: [{ content: { role: "model", parts: [{ text: "b" }] }, finishReason: "STOP" }] },
    ],
    ["text"],
  ],
  [
    "Bedrock events",
    [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "a" } } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 2 } } },
    ],
    ["text"],
  ],
  [
    "Titan",
    { inputTextTokenCount: 1, results: [{ tokenCount: 2, outputText: "a", completionReason: "FINISH" }] },
    ["text"],
  ],
  [
    "Ollama chunks",
    [
      { model: "m", message: { role: "assistant", content: "a" }, done: false },
      { model: "m", message: { role: "assistant", content: "b" }, done: true, eval_count: 2 },
    ],
    ["text"],
  ],
  ["Cohere's first version", { text: "a", generation_id: "g", citations: [{ text: "a" }] }, ["text", "citation"]],
  [
    "LlamaIndex",
    {
      message: { role: "assistant", content: "a" },
      raw: { choices: [{ message: { role: "assistant", content: "a" } }], usage: { prompt_tokens: 1 } },
    },
    ["text"],
  ],
  [
    "Mastra's steps",
    { text: "a", toolCalls: [{ type: "tool-call", payload: { toolCallId: "c", toolName: "f", args: { x: 1 } } }] },
    ["text", "toolCall"],
  ],
  ["vectors", { object: "list", data: [{ object: "embedding", embedding: [0.5, 1] }], model: "m" }, []],
  ["OpenTelemetry GenAI", { messages: [{ role: "assistant", parts: [{ type: "text", content: "a" }] }] }, ["text"]],
];
