#!/usr/bin/env node
/**
 * Answers as Claude Code's command line does: stream-json on stdin and stdout. What the prompt says is what happens.
 * `parallel`: two sub-agents at the same time, one of whose tools fails. `partial`: with stream events. `fail`: an error
 * as the result. `crash`: the process ends. `wait`: nothing more until an interrupt. `compact`: the history is cut.
 * `again`: requests that fail and are sent again. A session goes on by `--resume` or `--continue`, with what was said to it
 * acknowledged, the costs of all of it, and an id of its own after `--fork-session`.
 */
import { createInterface } from "node:readline";

const resumed = /--resume[ =](\S+)/.exec(process.argv.join(" "))?.[1];
const goesOn = resumed !== undefined || process.argv.includes("--continue");
const isFork = process.argv.includes("--fork-session");
const session_id = isFork
  ? "22222222-2222-4222-8222-222222222222"
  : (resumed ?? "11111111-1111-4111-8111-111111111111");
let uuids = 0;
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const tell = (message) =>
  send({
    uuid: `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
    session_id,
    parent_tool_use_id: null,
    ...message,
  });
const usage = (output_tokens) => ({
  input_tokens: 3,
  output_tokens,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 20,
  cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
});
const assistant = (id, content, { parent = null, tokens = 5, model = "claude-x", stop = null } = {}) =>
  tell({
    type: "assistant",
    parent_tool_use_id: parent,
    request_id: `req_${id}`,
    message: {
      id,
      type: "message",
      role: "assistant",
      model,
      content: [content],
      stop_reason: stop,
      usage: usage(tokens),
    },
  });
const text = (words) => ({ type: "text", text: words });
const toolUse = (id, name, input) => ({ type: "tool_use", id, name, input });
const toolResult = (tool_use_id, content, { parent = null, is_error } = {}) =>
  tell({
    type: "user",
    parent_tool_use_id: parent,
    message: { role: "user", content: [{ type: "tool_result", tool_use_id, content, ...(is_error && { is_error }) }] },
  });
const result = (fields) =>
  tell({
    type: "result",
    subtype: "success",
    is_error: false,
    duration_ms: 10,
    duration_api_ms: 8,
    num_turns: 3,
    result: "bye",
    total_cost_usd: goesOn ? 0.0246 : 0.0123,
    usage: usage(20),
    modelUsage: {},
    permission_denials: [],
    ...fields,
  });

const SCENES = {
  parallel() {
    assistant("msg_1", text("I will look"), { tokens: 2 });
    assistant("msg_1", toolUse("toolu_a", "Agent", { prompt: "look left", subagent_type: "scout" }), { tokens: 6 });
    assistant("msg_1", toolUse("toolu_b", "Agent", { prompt: "look right", subagent_type: "scout" }), {
      tokens: 9,
      stop: "tool_use",
    });
    assistant("msg_2", toolUse("toolu_ls", "Bash", { command: "ls left" }), { parent: "toolu_a", model: "claude-y" });
    assistant("msg_3", toolUse("toolu_cat", "Bash", { command: "cat right" }), {
      parent: "toolu_b",
      model: "claude-y",
    });
    toolResult("toolu_cat", "exit 1", { parent: "toolu_b", is_error: true });
    toolResult("toolu_ls", [{ type: "text", text: "a file" }], { parent: "toolu_a" });
    assistant("msg_4", text("nothing right"), { parent: "toolu_b", model: "claude-y" });
    toolResult("toolu_b", "nothing right");
    assistant("msg_5", text("a file left"), { parent: "toolu_a", model: "claude-y" });
    toolResult("toolu_a", "a file left");
    assistant("msg_6", text("bye"), { stop: "end_turn" });
    result();
  },
  background() {
    assistant(
      "msg_1",
      toolUse("toolu_a", "Agent", { prompt: "look", subagent_type: "scout", run_in_background: true }),
    );
    toolResult("toolu_a", "launched");
    assistant("msg_2", text("meanwhile"));
    assistant("msg_3", text("found"), { parent: "toolu_a", model: "claude-y" });
    tell({
      type: "system",
      subtype: "task_notification",
      task_id: "t",
      tool_use_id: "toolu_a",
      status: "completed",
      output_file: "/o",
      summary: "found it",
    });
    result();
  },
  partial() {
    const event = (event) => tell({ type: "stream_event", event });
    event({ type: "message_start", message: { id: "msg_1", model: "claude-x", content: [], usage: usage(1) } });
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "bye" } });
    assistant("msg_1", text("bye"), { tokens: 1 });
    event({
      type: "message_delta",
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 17, input_tokens: null },
    });
    event({ type: "message_stop" });
    result();
  },
  compact() {
    assistant("msg_1", text("long"));
    tell({ type: "system", subtype: "compact_boundary", compact_metadata: { trigger: "auto", pre_tokens: 9 } });
    assistant("msg_2", text("short"));
    result();
  },
  fail() {
    assistant("msg_1", text("hm"));
    result({ subtype: "error_max_turns", is_error: true, errors: ["too many turns"], result: undefined });
  },
  crash() {
    assistant("msg_1", toolUse("toolu_a", "Bash", { command: "boom" }));
    setTimeout(() => process.exit(3), 50);
  },
  again() {
    const retry = (attempt) =>
      tell({
        type: "system",
        subtype: "api_retry",
        attempt,
        max_retries: 10,
        retry_delay_ms: 1,
        error_status: 529,
        error: "overloaded",
      });
    retry(1);
    retry(2);
    assistant("msg_1", toolUse("toolu_a", "Agent", { prompt: "look", subagent_type: "scout" }));
    assistant("msg_2", text("I look"), { parent: "toolu_a", model: "claude-y" });
    retry(1);
    assistant("msg_3", text("a file"), { parent: "toolu_a", model: "claude-y" });
    toolResult("toolu_a", "a file");
    assistant("msg_4", text("bye"));
    result();
  },
  plain() {
    assistant("msg_1", text("bye"), { stop: "end_turn" });
    result();
  },
  wait() {
    assistant("msg_1", toolUse("toolu_a", "Bash", { command: "sleep" }));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "control_request") {
    send({
      type: "control_response",
      response: {
        subtype: "success",
        request_id: message.request_id,
        response: { commands: [], models: [], account: {}, output_style: "", available_output_styles: [] },
      },
    });
    if (message.request.subtype === "interrupt")
      result({ subtype: "error_during_execution", is_error: true, errors: ["interrupted"] });
  } else if (message.type === "user") {
    const { content } = message.message;
    const scene = typeof content === "string" ? content : content[0].text;
    tell({
      type: "system",
      subtype: "init",
      cwd: "/",
      model: "claude-x",
      tools: ["Bash", "Agent"],
      mcp_servers: [],
      permissionMode: "default",
      apiKeySource: "user",
      slash_commands: [],
      output_style: "default",
    });
    if (goesOn) tell({ type: "user", message: message.message, isReplay: true });
    SCENES[scene]();
  }
}
