import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CaptureMemory,
  Capturer,
  type ContainerNode,
  isContainer,
  isObjectNode,
  type JsonNode,
  Retention,
  valuesOf,
} from "./index.ts";
import { LARGE_STRING_CHARACTERS, LargeStrings } from "./large-strings.ts";
import { bytesOf } from "./nodes.ts";

const LEAF_BYTES = 1024;

/** The definition, computed anew: each large container and each large string once, all else wherever it stands. */
function distinctBytes(roots: readonly JsonNode[]): number {
  const seen = new Set<unknown>();
  let bytes = 0;
  const visit = (node: JsonNode): void => {
    const isShared = isContainer(node)
      ? bytesOf(node) > LEAF_BYTES
      : typeof node === "string" && node.length >= LARGE_STRING_CHARACTERS;
    if (!isShared) bytes += bytesOf(node);
    else if (!seen.has(node)) {
      seen.add(node);
      if (isContainer(node)) visitChildren(node);
      else bytes += bytesOf(node);
    }
  };
  const visitChildren = (node: ContainerNode): void => {
    const children: readonly JsonNode[] = isObjectNode(node)
      ? valuesOf(node)
      : [...(node.prefix === undefined ? [] : [node.prefix]), ...node.items];
    bytes += bytesOf(node) - children.reduce<number>((sum, child) => sum + bytesOf(child), 0);
    for (const child of children) visit(child);
  };
  for (const root of roots) visit(root);
  return bytes;
}

const leaf = fc.oneof(fc.string(), fc.integer(), fc.constantFrom("p".repeat(5000), "q".repeat(5000), "r".repeat(900)));
const payload = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value")), fc.dictionary(fc.string(), tie("value"))),
})).value;

test("after any acquires and releases the bytes are those of what is held, each part once, and 0 at the end", () => {
  fc.assert(
    fc.property(
      fc.array(payload, { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 30 }),
      (payloads, moves) => {
        const capturer = new Capturer({}, () => 0);
        const memory = new CaptureMemory();
        const history: unknown[] = [];
        const nodes = payloads.map((value) => {
          history.push(value);
          return capturer.capture({ history }, memory)!;
        });
        const accounts = [new Retention(), new Retention()];
        const held: JsonNode[][] = [[], []];
        for (const [choice, second] of moves) {
          const which = second ? 1 : 0;
          if (choice % 3 === 0 && held[which]!.length > 0) {
            accounts[which]!.release(held[which]!.splice(choice % held[which]!.length, 1)[0]!);
          } else {
            const node = nodes[choice % nodes.length]!;
            accounts[which]!.acquire(node);
            held[which]!.push(node);
          }
          for (const i of [0, 1]) expect(accounts[i]!.bytes).toBe(distinctBytes(held[i]!));
        }
        for (const i of [0, 1]) {
          for (const node of held[i]!) accounts[i]!.release(node);
          expect(accounts[i]!.bytes).toBe(0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("one system prompt in the spans of a thousand traces is counted once", () => {
  const retention = new Retention();
  const capturer = new Capturer();
  const prompt = "You are careful. ".repeat(3000);
  for (let trace = 0; trace < 1000; trace++) {
    retention.acquire(capturer.capture({ messages: [{ role: "system", content: prompt }] }, new CaptureMemory())!);
  }
  expect(retention.bytes).toBeLessThan(prompt.length + 1000 * 100);
});

test("strings that look alike to the fingerprint are still told apart, and given back exactly", () => {
  const strings = new LargeStrings();
  const alike = Array.from(
    { length: 40 },
    (_, n) => `${"a".repeat(1100)}${String(n).padStart(4, "0")}${"b".repeat(1100)}`,
  );
  let held = 0;
  for (const text of [...alike, ...alike]) held += strings.acquire(text);
  expect(held).toBeGreaterThanOrEqual(alike.reduce((sum, text) => sum + text.length + 2, 0));
  for (const text of [...alike, ...alike].reverse()) held -= strings.release(text);
  expect(held).toBe(0);
});

test("of equal large strings one copy is held, wherever they stand", () => {
  const program = `
    const { Capturer, CaptureMemory, Retention } = await import(${JSON.stringify(new URL("index.ts", import.meta.url).href)});
    const retention = new Retention();
    const capturer = new Capturer();
    const prompt = Buffer.from("You are careful. ".repeat(3000));
    const held = [];
    for (let trace = 0; trace < 2000; trace++) {
      const messages = [{ role: "system", content: prompt.toString("latin1") }];
      held.push(retention.acquire(capturer.capture({ messages }, new CaptureMemory())));
      held.push(retention.acquire(capturer.capture(prompt.toString("latin1"), new CaptureMemory())));
    }
    console.log(JSON.stringify({ heapUsed: process.memoryUsage().heapUsed, counted: retention.bytes, held: held.length }));
  `;
  const child = spawnSync(
    process.execPath,
    ["--max-old-space-size=64", "--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program],
    { encoding: "utf8" },
  );
  expect(child.status, child.stderr).toBe(0);
  expect(JSON.parse(child.stdout)).toMatchObject({ held: 4000 });
});
