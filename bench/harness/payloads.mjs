/** What the spans of each workload carry. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inputMark, outputMark } from "./markers.mjs";

const RECORDED_FOLDER = fileURLToPath(new URL("../../../shared/data/trajectories", import.meta.url));
const PROMPT_BYTES = 50 * 1024;

const LINES = [
  "You are a careful support agent. Answer from the knowledge base only.",
  'When the customer says "refund", look up the order first; never promise a date.',
  "\t- Tool `search_orders(query, limit)`: returns at most 20 orders as JSON.",
  "If you are not sure, say so and ask one short question.",
];

/** Text as prompts are: lines of 60 to 80 characters, some quotes and tabs. */
const PROMPT = Array.from({ length: 1_000 }, (_, i) => `${i}. ${LINES[i % LINES.length]}`)
  .join("\n")
  .slice(0, PROMPT_BYTES);
const PROMPT_TEMPLATE = Buffer.from(PROMPT, "latin1");

export function smallPayload(number) {
  return {
    input: { query: `where is order ${number}? ${"x".repeat(50)} ${inputMark(number)}`, limit: 10 },
    output: { answer: `shipped ${"y".repeat(40)} ${outputMark(number)}` },
  };
}

export function sharedPromptPayload(number) {
  return conversation(PROMPT, number);
}

/** A flat string of its own for each span, as it would come off a socket. */
export function distinctPromptPayload(number) {
  const text = `tenant ${String(number).padStart(8, "0")} `;
  PROMPT_TEMPLATE.latin1Write(text, 0);
  PROMPT_TEMPLATE.latin1Write(text, PROMPT_BYTES >> 1);
  return conversation(PROMPT_TEMPLATE.latin1Slice(), number);
}

function conversation(prompt, number) {
  return {
    input: {
      messages: [
        { role: "system", content: prompt },
        { role: "user", content: `Where is order ${number}? ${inputMark(number)}` },
      ],
    },
    output: { role: "assistant", content: `Order ${number} has shipped. ${outputMark(number)}` },
  };
}

const REBUILT = {
  /** As an application keeps them: the same objects at each step. */
  same: (messages) => [...messages],
  /** As most frameworks make them: equal objects, made anew at each step, of the same texts. */
  rebuilt: (messages) => messages.map(spread),
  /** As they come out of a store: no text is the same one either. */
  parsed: (messages) => JSON.parse(JSON.stringify(messages)),
};

/** The calls of one conversation: each has all messages before it, half of the replies call a tool. */
export function* conversationSteps(steps, objects) {
  const history = [{ role: "system", content: PROMPT.slice(0, 4_000) }];
  for (let number = 0; number < steps; number++) {
    history.push({ role: "user", content: messageText(`question ${number}`) });
    const input = { model: "m", messages: REBUILT[objects](history), request: inputMark(number) };
    const reply = { role: "assistant", content: messageText(`answer ${number}`), ...toolCalls(number) };
    yield { input, output: { ...reply, response: outputMark(number) } };
    history.push(reply);
  }
}

function messageText(about) {
  return `${about}: ${"what was said ".repeat(20)}`.slice(0, 280);
}

function toolCalls(number) {
  if (number % 2 === 0) return {};
  const called = { name: "search", arguments: `{"query":"question ${number}"}` };
  return { tool_calls: [{ id: `call_${number}`, type: "function", function: called }] };
}

function spread(value) {
  if (Array.isArray(value)) return value.map(spread);
  if (typeof value !== "object" || value === null) return value;
  const copy = { ...value };
  for (const key of Object.keys(copy)) copy[key] = spread(copy[key]);
  return copy;
}

/** @returns the recorded runs, each a list of messages; undefined when they are not beside the repository */
export function recordedRuns() {
  if (!existsSync(RECORDED_FOLDER)) return undefined;
  return readdirSync(RECORDED_FOLDER)
    .filter((name) => name.endsWith(".traj.json"))
    .map((name) => JSON.parse(readFileSync(join(RECORDED_FOLDER, name), "utf8")).messages);
}

/** Each assistant's message is one model call that was given all messages before it. */
export function* modelCalls(messages, firstNumber) {
  let number = firstNumber;
  const history = [];
  for (const { role, content } of messages) {
    if (role === "assistant") {
      const input = { messages: [...history], request: inputMark(number) };
      yield { number, input, output: { role, content, response: outputMark(number) } };
      number += 1;
    }
    history.push({ role, content });
  }
}
