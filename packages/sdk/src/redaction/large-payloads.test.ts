/** Large payloads are looked at in turns, and nothing about what becomes of them is different. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureMemory, Capturer, toJson } from "../capture/index.ts";
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";
import { plainRecord } from "../delivery/record/testing/plain-record.ts";
import { lookAtLarge } from "./large-payloads.ts";
import { Redactor } from "./redactor.ts";

const KEY = ["sk", "proj", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"].join("-");
const MEGABYTE = 1024 * 1024;

const capture = (value: unknown) => new Capturer().capture(value)!;
/** Texts that differ, so that none is remembered for another. */
const texts = (count: number, characters: number) =>
  Array.from({ length: count }, (_, i) => `${i} `.padEnd(characters, "x"));
const looked = (record: SpanRecord, redactor: Redactor, signal = new AbortController().signal) =>
  lookAtLarge([record], redactor, signal);

/** A policy that counts the texts that it is asked about. */
function counting(policy: RedactionOptions = {}) {
  const asked: string[] = [];
  const replace = (text: string) => {
    asked.push(text);
    return text;
  };
  return { asked, redactor: new Redactor([{ ...policy, replace }]) };
}

/** Turns of the event loop until it is done. */
async function turnsOf(work: Promise<void>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isOver = true;
  return turns;
}

describe("a large payload", () => {
  test.each([
    ["a list of texts", (list: string[]) => list],
    ["lists within objects", (list: string[]) => ({ result: { rows: list }, other: 1 })],
    ["objects within a list", (list: string[]) => [{ rows: list }, "x"]],
  ])(
    "(%s) is looked at in a turn for each quarter of a megabyte, and not again with its snapshot",
    async (_, shape) => {
      const { asked, redactor } = counting();
      const record = plainRecord({ output: capture(shape(texts(8_000, 500))) });
      expect(await turnsOf(looked(record, redactor))).toBeGreaterThanOrEqual(14);
      const before = asked.length;
      expect(before).toBeGreaterThanOrEqual(8_000);
      expect(redactor.record(record)).toBe(record);
      expect(asked.length - before).toBeLessThan(10);
    },
  );

  test("that continues another is looked at from there on", async () => {
    const { asked, redactor } = counting();
    const memory = new CaptureMemory();
    const capturer = new Capturer();
    const list = texts(1_000, 600);
    await looked(plainRecord({ input: capturer.capture(list, memory)! }), redactor);
    const before = asked.length;
    list.push(...texts(2, 600));
    await looked(plainRecord({ input: capturer.capture(list, memory)! }), redactor);
    expect(asked.length - before).toBe(2);
  });

  test("is left as soon as its attempt is aborted", async () => {
    const { asked, redactor } = counting();
    const controller = new AbortController();
    const work = looked(plainRecord({ output: capture(texts(8_000, 500)) }), redactor, controller.signal);
    controller.abort();
    await work;
    expect(asked.length).toBeLessThan(600);
  });

  test("that is withheld as a whole is not looked at", async () => {
    const { asked, redactor } = counting({ withhold: ["output"] });
    await looked(plainRecord({ output: capture(texts(2_000, 500)) }), redactor);
    expect(asked).toEqual([]);
  });

  test("whose policy fails makes no trouble: its texts are withheld with the snapshot", async () => {
    const redactor = new Redactor([
      {
        replace: () => {
          throw new Error("no");
        },
      },
    ]);
    const record = plainRecord({ output: capture(texts(600, 500)) });
    await looked(record, redactor);
    expect(new Set(toJson(redactor.record(record).output!) as string[])).toEqual(new Set(["[REDACTED:policy failed]"]));
  });
});

test("nothing is done for records of usual size", async () => {
  const { asked, redactor } = counting();
  await looked(plainRecord({ input: capture(texts(400, 500)) }), redactor);
  expect(asked).toEqual([]);
});

test("many small values are looked at in turns by their number, not by their bytes alone", async () => {
  const { redactor } = counting();
  const record = plainRecord({ output: capture(texts(20_000, 14).map((text) => ({ text }))) });
  expect(await turnsOf(looked(record, redactor))).toBeGreaterThanOrEqual(10);
});

test("what becomes of a payload is what became of it in one go", async () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.constantFrom(KEY, `${KEY} in ${"a text ".repeat(60)}`),
    fc.integer(),
    fc.constant(null),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("tree")),
      fc.dictionary(fc.constantFrom("a", "password", "rows", "key"), tie("tree")),
    ),
  }));
  const padded = fc
    .tuple(tree, tree)
    .map(([first, last]) => ({ rows: [first, ...texts(1_500, 400), last], last, first }));
  await fc.assert(
    fc.asyncProperty(padded, async (value) => {
      const record = plainRecord({ output: capture(value) });
      const redactor = new Redactor([{}]);
      expect(record.bytes).toBeGreaterThan(MEGABYTE / 2);
      await looked(record, redactor);
      const inTurns = redactor.record(record);
      const inOneGo = new Redactor([{}]).record(record);
      expect(toJson(inTurns.output!)).toEqual(toJson(inOneGo.output!));
      expect(inTurns === record).toBe(inOneGo === record);
    }),
    { numRuns: 25 },
  );
});
