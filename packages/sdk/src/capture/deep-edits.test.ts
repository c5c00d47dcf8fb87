import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CaptureMemory, Capturer, compareWith, toJson } from "./index.ts";
import { Comparison } from "./unchanged.ts";

type Container = Record<string, unknown> | unknown[];

const name = fc.constantFrom("role", "content", "tool_calls", "a", "b");
const leaf = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constant("y".repeat(300)),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { value: messageValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));
const message = fc.dictionary(name, messageValue, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
/** Which container, of all there are, and what becomes of one of its values. */
const edit = fc.record({
  container: fc.nat(),
  at: fc.nat(),
  how: fc.constantFrom("replace" as const, "add" as const, "remove" as const, "reorder" as const, "nothing" as const),
  value: messageValue,
});

function containersIn(value: unknown, found: Container[] = []): Container[] {
  if (typeof value !== "object" || value === null) return found;
  found.push(value as Container);
  for (const part of Object.values(value)) containersIn(part, found);
  return found;
}

function apply(
  messages: unknown[],
  { container, at, how, value }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
) {
  const containers = containersIn(messages);
  const target = containers[container % containers.length]!;
  const names = Object.keys(target);
  const chosen = names[at % Math.max(1, names.length)];
  if (how === "add") {
    if (Array.isArray(target)) target.splice(at % (target.length + 1), 0, structuredClone(value));
    else target[`new ${at % 3}`] = structuredClone(value);
  } else if (chosen === undefined || how === "nothing") return;
  else if (Array.isArray(target)) {
    if (how === "remove") target.splice(Number(chosen), 1);
    else if (how === "reorder") target.reverse();
    else target[Number(chosen)] = structuredClone(value);
  } else {
    const old = target[chosen];
    if (how !== "replace") delete target[chosen];
    if (how === "reorder") target[chosen] = old;
    if (how === "replace") target[chosen] = structuredClone(value);
  }
}

/** The same content behind getters that count: `reads` per property, by object and name. */
function counted(value: unknown, reads: Map<string, number>, path = "~"): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy: Container = Array.isArray(value) ? new Array(value.length) : {};
  for (const [key, part] of Object.entries(value)) {
    const inside = counted(part, reads, `${path}.${key}`);
    reads.set(`${path}.${key}`, 0);
    const get = () => {
      reads.set(`${path}.${key}`, reads.get(`${path}.${key}`)! + 1);
      return inside;
    };
    Object.defineProperty(copy, key, { get, enumerable: true, configurable: true });
  }
  return copy;
}

function seesEdits(): void {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.array(edit, { maxLength: 12 }),
      (messages, edits) => {
        const capturer = new Capturer({}, () => 0);
        const memory = new CaptureMemory();
        const taken: [ReturnType<typeof capturer.capture>, string][] = [];
        for (const [step, change] of [undefined, ...edits].entries()) {
          if (change !== undefined) apply(messages, change);
          const text = JSON.stringify({ model: "m", messages });
          const payload = step % 3 === 2 ? JSON.parse(text) : { model: "m", messages };
          const node = capturer.capture(payload, memory)!;
          expect(JSON.stringify(toJson(node))).toBe(text);
          taken.push([node, text]);
        }
        for (const [node, text] of taken) expect(JSON.stringify(toJson(node!))).toBe(text);
      },
    ),
    { numRuns: 400 },
  );
}

function readsOnce(): void {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(edit, { maxLength: 6 }),
      (messages, edits) => {
        const capturer = new Capturer({}, () => 0);
        const memory = new CaptureMemory();
        for (const change of [undefined, ...edits]) {
          if (change !== undefined) apply(messages, change);
          const reads = new Map<string, number>();
          const payload = counted({ model: "m", messages }, reads);
          const node = capturer.capture(payload, memory)!;
          expect(JSON.stringify(toJson(node))).toBe(JSON.stringify({ model: "m", messages }));
          expect([...reads].filter(([, times]) => times !== 1)).toEqual([]);
        }
      },
    ),
    { numRuns: 300 },
  );
}

describe.each([
  ["before what compares is loaded", false],
  ["when it is", true],
])("%s", (_, isCompared) => {
  beforeAll(() => {
    if (isCompared) compareWith(Comparison);
  });

  test("an edit at any depth of a conversation that was captured is seen, in the objects or in others", seesEdits);
  test("each property is read once, whether its message is unchanged, edited or new", readsOnce);
});
