/**
 * A model provider on loopback that speaks OpenAI's chat and Responses APIs by a script: when a tool is offered and none
 * has answered yet it asks for the first one (with `askAll`, for each), else it replies with a text. `fail(...statuses)`
 * makes the next requests fail; `hold()` makes streams stop after their first chunk until the client goes away, `drop()`
 * ends those by force; `silent()` leaves requests without an answer, and `asked()` resolves with the next one.
 */
import { createServer } from "node:http";

let replies = 0;
const nextId = (kind = "chatcmpl-") => {
  replies += 1;
  return `${kind}${replies}`;
};

export async function startProvider() {
  const requests = [];
  let failures = [];
  let holding = false;
  let asksAll = false;
  let isSilent = false;
  let waiting = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text || "{}");
    requests.push({ url: request.url, body, headers: request.headers });
    for (const tell of waiting) tell();
    waiting = [];
    if (isSilent) return;
    const status = failures.shift();
    if (status !== undefined) {
      response.writeHead(status, { "content-type": "application/json", "retry-after-ms": "1" });
      response.end(JSON.stringify({ error: { message: `the provider answers ${status}`, type: "scripted" } }));
      return;
    }
    if (request.url.endsWith("/embeddings")) return void json(response, embeddings(body));
    const answer = request.url.endsWith("/responses") ? responsesAnswer(body, asksAll) : chatAnswer(body, asksAll);
    if (!body.stream) return void json(response, answer.whole);
    response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": `req_${answer.whole.id}` });
    for (const [index, event] of answer.events.entries()) {
      if (index === 1 && holding) return;
      response.write(event);
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    fail: (...statuses) => {
      failures = statuses;
    },
    hold: (yes) => {
      holding = yes;
    },
    askAll: (yes) => {
      asksAll = yes;
    },
    silent: (yes) => {
      isSilent = yes;
    },
    /** Everything as at first, the ids of replies too: what is played again is the same. */
    restart: () => {
      replies = 0;
      failures = [];
      holding = asksAll = isSilent = false;
    },
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    drop: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function json(response, value) {
  response.writeHead(200, { "content-type": "application/json", "x-request-id": `req_${value.id}` });
  response.end(JSON.stringify(value));
}

const ARGUMENTS = {
  handOff: '{"toAgent":"second","reason":"knows it"}',
  ask: '{"input":"weather in Bern?"}',
  "agent-scout": '{"prompt":"weather in Bern?"}',
};
const argumentsOf = (tool) => ARGUMENTS[tool] ?? '{"city":"Bern"}';

const USAGE = {
  prompt_tokens: 20,
  completion_tokens: 7,
  total_tokens: 27,
  prompt_tokens_details: { cached_tokens: 8 },
};

/** The tools that are asked for: none where one has answered. */
function wanted(offered = [], asksAll, hasAnswer) {
  if (hasAnswer) return [];
  return (asksAll ? offered : offered.slice(0, 1)).map((name, at) => ({ name, callId: `call_${at + 1}` }));
}

function chatAnswer(body, asksAll) {
  const offered = body.tools?.map(({ function: { name } }) => name);
  const calls = wanted(
    offered,
    asksAll,
    body.messages.some(({ role }) => role === "tool"),
  ).map(({ name, callId }) => ({ id: callId, type: "function", function: { name, arguments: argumentsOf(name) } }));
  const wantsTool = calls.length > 0;
  const message = wantsTool
    ? { role: "assistant", content: null, tool_calls: calls }
    : { role: "assistant", content: "It is 12 degrees." };
  const base = { id: nextId(), model: "gpt-scripted-1", created: 1 };
  const finish_reason = wantsTool ? "tool_calls" : "stop";
  const chunk = (delta, reason = null, usage) =>
    `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }], ...(usage && { usage }) })}\n\n`;
  return {
    whole: { ...base, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage: USAGE },
    events: wantsTool
      ? [
          chunk({ role: "assistant", tool_calls: calls.map((call, index) => ({ index, ...call })) }),
          chunk({}, finish_reason, USAGE),
          "data: [DONE]\n\n",
        ]
      : [
          chunk({ role: "assistant", content: "It is " }),
          chunk({ content: "12 degrees." }),
          chunk({}, finish_reason, USAGE),
          "data: [DONE]\n\n",
        ],
  };
}

function responsesAnswer(body, asksAll) {
  const inputs = Array.isArray(body.input) ? body.input : [];
  const calls = wanted(
    body.tools?.map(({ name }) => name),
    asksAll,
    inputs.some(({ type }) => type === "function_call_output"),
  );
  const items = calls.map(({ name, callId }, at) => ({
    type: "function_call",
    id: `fc_${at + 1}`,
    call_id: callId,
    name,
    arguments: argumentsOf(name),
    status: "completed",
  }));
  if (items.length === 0)
    items.push({
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "It is 12 degrees.", annotations: [] }],
    });
  const usage = {
    input_tokens: 20,
    output_tokens: 7,
    total_tokens: 27,
    input_tokens_details: { cached_tokens: 8 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  const whole = {
    id: nextId("resp_"),
    object: "response",
    created_at: 1,
    model: "gpt-scripted-1",
    status: "completed",
    output: items,
    usage,
    error: null,
    incomplete_details: null,
    parallel_tool_calls: true,
    tools: [],
  };
  const event = (type, rest) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const itemEvents = (item, output_index) => {
    const { id: item_id } = item;
    const isCall = item.type === "function_call";
    const added = { ...item, status: "in_progress", ...(isCall ? { arguments: "" } : { content: [] }) };
    return [
      event("response.output_item.added", { output_index, item: added }),
      isCall
        ? event("response.function_call_arguments.delta", { item_id, output_index, delta: item.arguments })
        : event("response.output_text.delta", { item_id, output_index, content_index: 0, delta: "It is 12 degrees." }),
      event("response.output_item.done", { output_index, item }),
    ];
  };
  return {
    whole,
    events: [
      event("response.created", { response: { ...whole, status: "in_progress", output: [] } }),
      ...items.flatMap(itemEvents),
      event("response.completed", { response: whole }),
    ],
  };
}

function embeddings(body) {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const vector =
    body.encoding_format === "base64"
      ? Buffer.from(new Float32Array([0.5, 0.25]).buffer).toString("base64")
      : [0.5, 0.25];
  return {
    object: "list",
    model: "embedding-scripted-1",
    data: inputs.map((_, index) => ({ object: "embedding", index, embedding: vector })),
    usage: { prompt_tokens: 4, total_tokens: 4 },
  };
}
