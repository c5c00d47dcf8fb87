/**
 * What capture costs on the caller's path: p50 of each payload, in microseconds.
 *
 * `npx tsx bench/capture.ts`. Calls are timed in groups: one is shorter than what the clock can tell.
 */
import {
  ArrayNode,
  CaptureMemory,
  Capturer,
  Comparison,
  compareWith,
  isObjectNode,
  type JsonNode,
  Retention,
  toJson,
  valueAt,
} from "everspan/internals";

// As in a program from its first batch on.
compareWith(Comparison);

type Message = { role: string; content: string };

const GROUP = 20;
const GROUPS = 2000;

function measure(name: string, prepare: () => () => void): void {
  const run = prepare();
  for (let i = 0; i < GROUP * GROUPS; i++) run();
  const times: number[] = [];
  for (let group = 0; group < GROUPS; group++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < GROUP; i++) run();
    times.push(Number(process.hrtime.bigint() - start) / GROUP / 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2).padStart(8);
  console.log(`${name.padEnd(58)} p50 ${at(0.5)} us   p99 ${at(0.99)} us`);
}

/** Other strings and other objects each time, as from a framework that rebuilds its messages. */
function conversation(messages: number): Message[] {
  return Array.from({ length: messages }, (_, i) => ({
    role: i % 2 === 0 ? "user" : "assistant",
    content: `message ${i}: ${"what was said ".repeat(20)}`,
  }));
}

const systemPrompt = "You are a careful assistant. ".repeat(1750).slice(0, 50_000);
systemPrompt.charCodeAt(0);

measure("200 bytes, with a memory", () => {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  let n = 0;
  return () => {
    const question = `What does the contract say about termination? Case ${n++ % 1000}, please answer briefly.`;
    capturer.capture({ question, top_k: 3, tags: ["contracts", "legal"], filter: { year: 2024, kind: "pdf" } }, memory);
  };
});

measure("200 bytes, without a memory", () => {
  const capturer = new Capturer();
  const payload = { question: "What does the contract say? ".repeat(5), top_k: 3, tags: ["contracts", "legal"] };
  return () => {
    capturer.capture(payload);
  };
});

measure("three messages, one a system prompt of 50 KB, other traces", () => {
  const capturer = new Capturer();
  let n = 0;
  return () => {
    const messages = [
      { role: "system", content: systemPrompt },
      { role: "user", content: `question ${n++ % 1000}` },
      { role: "assistant", content: "answer" },
    ];
    capturer.capture({ model: "gpt", messages }, new CaptureMemory());
  };
});

measure("conversation of 144 messages, unchanged", () => {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const messages = conversation(144);
  return () => {
    capturer.capture({ model: "gpt", messages }, memory);
  };
});

measure("conversation of 144 messages, 2 of them new", () => {
  const capturer = new Capturer();
  const steps = 10;
  const last = conversation(144);
  const lists = Array.from({ length: steps }, (_, i) => last.slice(0, 144 - 2 * (steps - 1 - i)));
  let memory = new CaptureMemory();
  let step = 0;
  return () => {
    if (step === steps) {
      step = 0;
      memory = new CaptureMemory();
    }
    capturer.capture({ model: "gpt", messages: lists[step++]! }, memory);
  };
});

measure("conversation of 144 messages, no memory", () => {
  const capturer = new Capturer();
  const messages = conversation(144);
  return () => {
    capturer.capture({ model: "gpt", messages });
  };
});

measure("hold and let go: the 2 new of 144", () => {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const retention = new Retention();
  const all = conversation(144);
  const before = capturer.capture({ messages: all.slice(0, 142) }, memory)!;
  const after = capturer.capture({ messages: all }, memory)!;
  retention.acquire(before);
  return () => {
    retention.acquire(after);
    retention.release(after);
  };
});

measure("toJson: 144 messages, made plain before", () => {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const messages = conversation(144);
  const before = toJson(capturer.capture({ messages: messages.slice(0, 142) }, memory)!);
  const after = capturer.capture({ messages }, memory)!;
  void before;
  const list = listIn(after);
  return () => {
    toJson(new ArrayNode(list.prefix, list.items, list.bytes));
  };
});

measure("capture and toJson: 144 messages, all new", () => {
  const capturer = new Capturer();
  const messages = conversation(144);
  return () => {
    toJson(capturer.capture({ messages })!);
  };
});

function listIn(node: JsonNode): ArrayNode {
  if (!isObjectNode(node)) throw new Error("expected the object of the payload");
  return valueAt(node, 0) as ArrayNode;
}
