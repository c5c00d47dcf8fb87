import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalNodes } from "./compare.ts";
import {
  type ArrayNode,
  bytesOf,
  CaptureMemory,
  Capturer,
  compareWith,
  itemsOf,
  type JsonNode,
  keysOf,
  type ObjectNode,
  Retention,
  toJson,
  valueAt,
} from "./index.ts";
import { Comparison } from "./unchanged.ts";

compareWith(Comparison);

interface Message {
  role: string;
  content: unknown;
  [extra: string]: unknown;
}

/** As a back end or a framework gives it: the same texts in other objects. */
function rebuilt<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function message(n: number): Message {
  return { role: n % 2 === 0 ? "user" : "assistant", content: `${n}: ${"what was said ".repeat(30)}` };
}

function messagesIn(node: JsonNode | undefined): ArrayNode {
  const object = node as ObjectNode;
  return valueAt(object, keysOf(object).indexOf("messages")) as ArrayNode;
}

const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constant("y".repeat(300)));
const newMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "assistant"), content: text }),
  fc.record({ role: fc.constant("tool"), content: fc.array(fc.record({ type: fc.constant("text"), text })) }),
  fc.record({ role: fc.constant("user"), content: text, cache: fc.option(fc.boolean()), extra: fc.jsonValue() }),
);
const position = fc.nat({ max: 30 });
const edit = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("append" as const), messages: fc.array(newMessage, { maxLength: 6 }) }),
  },
  fc.record({ kind: fc.constant("insert" as const), at: position, message: newMessage }),
  fc.record({ kind: fc.constant("remove" as const), at: position, count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant("change" as const), at: position, content: text }),
  fc.record({ kind: fc.constant("rename" as const), at: position, key: fc.constantFrom("role", "cache", "__proto__") }),
  fc.record({ kind: fc.constant("truncate" as const), at: position }),
  fc.record({ kind: fc.constant("rebuild" as const) }),
  fc.record({ kind: fc.constant("swap" as const) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(messages: Message[], change: Edit): Message[] {
  const target = "at" in change ? messages[change.at] : undefined;
  switch (change.kind) {
    case "append":
      messages.push(...change.messages);
      break;
    case "insert":
      messages.splice(change.at, 0, change.message);
      break;
    case "remove":
      messages.splice(change.at, change.count);
      break;
    case "change":
      if (target !== undefined) target.content = change.content;
      break;
    case "rename":
      if (target !== undefined)
        Object.defineProperty(target, change.key, { value: 1, enumerable: true, configurable: true, writable: true });
      break;
    case "truncate":
      messages.length = Math.min(messages.length, change.at);
      break;
    case "rebuild":
      return rebuilt(messages);
    case "swap":
      messages.reverse();
  }
  return messages;
}

describe("sharing between the captures of one trace", () => {
  test("P18 whatever changes between captures, each is exactly what was there, and stays it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(edit, fc.boolean()), { maxLength: 40 }), (edits) => {
        const capturer = new Capturer({}, () => 0);
        const memory = new CaptureMemory();
        const conversations: Message[][] = [[], []];
        const taken: { node: JsonNode; text: string }[] = [];
        for (const [change, which] of edits) {
          const agent = which ? 1 : 0;
          conversations[agent] = apply(conversations[agent]!, change);
          const payload = { model: "m", messages: conversations[agent] };
          const text = JSON.stringify(payload);
          const node = capturer.capture(payload, memory)!;
          expect(JSON.stringify(toJson(node))).toBe(withoutNegativeZero(text, payload));
          taken.push({ node, text: JSON.stringify(toJson(node)) });
        }
        for (const { node, text } of taken) expect(JSON.stringify(toJson(node))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("a conversation that grows continues the earlier capture and copies nothing", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const messages: Message[] = [];
    let before: ArrayNode | undefined;
    for (let step = 0; step < 20; step++) {
      messages.push(message(2 * step), message(2 * step + 1));
      const list = messagesIn(capturer.capture(rebuilt({ model: "m", messages }), memory));
      if (before !== undefined) expect(list.prefix).toBe(before);
      expect(list.items).toHaveLength(2);
      before = list;
    }
  });

  test("a long conversation is not forgotten because it is sent again and again: what is remembered counts once", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const messages = Array.from({ length: 40 }, (_, i) => ({
      role: "user",
      content: `${i} ${"long ".repeat(10_000)}`,
    }));
    let before = messagesIn(capturer.capture({ model: "m", messages }, memory));
    for (let step = 0; step < 40; step++) {
      messages.push({ role: "user", content: `step ${step}` });
      const list = messagesIn(capturer.capture({ model: "m", messages }, memory));
      expect(list.prefix).toBe(before);
      before = list;
    }
  });

  test("an equal payload is the same node", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const payload = {
      model: "m",
      messages: [message(1), message(2)],
      tools: [{ name: "search", schema: "s".repeat(400) }],
    };
    expect(capturer.capture(rebuilt(payload), memory)).toBe(capturer.capture(payload, memory));
  });

  test("an object of equal size and values but other keys is another one, wherever it stands", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const long = "what both say ".repeat(40);
    const first = { settings: { alpha: long, beta: [long] }, messages: [{ role: "user", alpha: long }] };
    const other = { settings: { gamma: long, beta: [long] }, messages: [{ role: "user", gamma: long }] };
    const before = capturer.capture(first, memory);
    expect(toJson(capturer.capture(other, memory)!)).toEqual(other);
    expect(toJson(capturer.capture(first, memory)!)).toEqual(first);
    expect(toJson(before!)).toEqual(first);
    const [one, two] = [first, other].map(({ settings }) => new Capturer().capture({ settings }) as ObjectNode);
    expect(bytesOf(one!)).toBe(bytesOf(two!));
    expect(equalNodes(one!, two!)).toBe(false);
    expect(equalNodes(one!, new Capturer().capture({ settings: first.settings })!)).toBe(true);
  });

  test("an array of equal items but another length, and an object beside an array, are others", () => {
    const [array, longer, object] = [["a"], ["a", "b"], { 0: "a" }].map((value) => new Capturer().capture(value)!);
    for (const [a, b] of [
      [array, longer],
      [array, object],
      [object, array],
      [array, "a"],
    ] as [JsonNode, JsonNode][])
      expect(equalNodes(a, b)).toBe(false);
  });

  test("an inserted, removed or changed message leaves the others shared", () => {
    const messages = Array.from({ length: 30 }, (_, n) => message(n));
    const edits = [
      messages.toSpliced(0, 0, message(100)),
      messages.toSpliced(1, 12),
      messages.with(0, message(100)),
      messages.with(15, message(100)),
      [message(100), ...messages.slice(20), message(101)],
    ];
    for (const edited of edits) {
      const capturer = new Capturer();
      const memory = new CaptureMemory();
      const before = new Set(itemsOf(messagesIn(capturer.capture({ messages }, memory))));
      const after = itemsOf(messagesIn(capturer.capture(rebuilt({ messages: edited }), memory)));
      const fresh = edited.filter((one) => !messages.includes(one)).length;
      expect(after.filter((node) => !before.has(node))).toHaveLength(fresh);
    }
  });

  test("two agents of one trace that take turns both continue their own conversation", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const system = { role: "system", content: "the same for both ".repeat(40) };
    const agents = [
      [system, message(1000)],
      [system, message(2000)],
    ];
    const before: ArrayNode[] = [];
    for (let step = 0; step < 20; step++) {
      const agent = step % 2;
      agents[agent]!.push(message(step), message(step + 500));
      const list = messagesIn(capturer.capture(rebuilt({ messages: agents[agent] }), memory));
      if (before[agent] !== undefined) expect(list.prefix).toBe(before[agent]);
      before[agent] = list;
    }
  });

  test("a last message that is rewritten at each step does not make the conversation be copied", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const messages: Message[] = [];
    let copied = 0;
    for (let step = 0; step < 200; step++) {
      messages.push(message(2 * step), message(2 * step + 1));
      const marked = messages.with(-1, { ...messages.at(-1)!, cache: "ephemeral" });
      copied += messagesIn(capturer.capture({ messages: marked }, memory)).items.length;
    }
    expect(copied).toBeLessThan(200 * 15);
  });

  test("a conversation of 5,000 steps is captured, held, let go and made plain without deep recursion", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const messages: Message[] = [];
    const retention = new Retention();
    const nodes: JsonNode[] = [];
    for (let step = 0; step < 5000; step++) {
      messages.push({ role: "user", content: `${step}` });
      if (step % 10 !== 0) continue;
      const node = capturer.capture({ messages }, memory)!;
      retention.acquire(node);
      nodes.push(node);
    }
    expect(toJson(nodes.at(-1)!)).toEqual({ messages: messages.slice(0, 4991) });
    for (const node of nodes) retention.release(node);
    expect(retention.bytes).toBe(0);
  });
});

/** Drawn values may hold -0, which is captured as text. */
function withoutNegativeZero(text: string, payload: unknown): string {
  return JSON.stringify(payload, (_, value) => (Object.is(value, -0) ? "[Number: -0]" : value)) ?? text;
}

/** What strings cost that stand more than once in a recording: an agent's reply is kept again in the raw response. */
function repeatedBytes(recording: unknown): number {
  const seen = new Set<string>();
  let bytes = 0;
  JSON.stringify(recording, (_, value) => {
    if (typeof value === "string" && seen.has(value)) bytes += value.length + 2;
    else if (typeof value === "string") seen.add(value);
    return value;
  });
  return bytes;
}

const recordings = fileURLToPath(new URL("../../../../../shared/data/trajectories/", import.meta.url));
const files = existsSync(recordings) ? readdirSync(recordings).filter((name) => name.endsWith(".json")) : [];

describe("recorded agent runs", () => {
  if (files.length === 0) {
    test("are absent: ../shared/data/trajectories beside the repository does not exist", () => {
      console.warn("recorded runs are not here, so their sharing was not measured");
      expect(existsSync(recordings)).toBe(false);
    });
  }

  test.each(files)("%s holds at most 1.3 times its distinct content, and each step is exact", (file) => {
    const recording = JSON.parse(readFileSync(`${recordings}${file}`, "utf8")) as { messages: unknown[] };
    const capturer = new Capturer({}, () => 0);
    const memory = new CaptureMemory();
    const retention = new Retention();
    let sent = 0;
    for (let count = 2; count <= recording.messages.length; count += 2) {
      const payload = { model: "m", messages: rebuilt(recording.messages.slice(0, count)) };
      const node = capturer.capture(payload, memory)!;
      expect(JSON.stringify(toJson(node))).toBe(JSON.stringify(payload));
      retention.acquire(node);
      sent += bytesOf(node);
    }
    const distinct = bytesOf(new Capturer().capture(recording.messages)!) - repeatedBytes(recording.messages);
    expect(retention.bytes).toBeLessThanOrEqual(distinct * 1.3);
    expect(sent).toBeGreaterThan(distinct);
  });
});
