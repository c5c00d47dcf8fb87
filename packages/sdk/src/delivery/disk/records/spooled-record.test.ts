import { describe, expect, test } from "vitest";
import { CaptureMemory, Capturer } from "../../../capture/index.ts";
import { contentBytes, type SpoolBlob, type StoredBlob } from "../../../spool/index.ts";
import { SpanRecord } from "../../record/span-record.ts";
import { interrupted, RecordDecoder, RecordEncoder } from "./spooled-record.ts";

const FIELDS = {
  phase: "ended",
  revision: 2,
  traceId: "t",
  id: "s",
  parentId: undefined,
  taskId: undefined,
  name: "n",
  type: "COMPLETION",
  startMicros: 1_000_000,
  endMicros: 2_000_000,
  status: "OK",
  error: undefined,
  output: undefined,
  data: undefined,
  service: { name: "app" },
  obs: undefined,
} as const;

function recorder() {
  // Without a clock, so that a busy machine cuts nothing.
  const capturer = new Capturer({}, () => 0);
  const memory = new CaptureMemory();
  return (input: unknown) => new SpanRecord({ ...FIELDS, input: capturer.capture(input, memory) });
}

/** Blobs as the spool gives them back: each once, with those that it names. */
class Shelf {
  readonly #stored = new Map<SpoolBlob, StoredBlob>();
  bytes = 0;

  stored(blobs: readonly SpoolBlob[]): StoredBlob[] {
    return blobs.map((blob) => {
      const known = this.#stored.get(blob);
      if (known !== undefined) return known;
      const made = { bytes: contentBytes(blob.bytes()), blobs: this.stored(blob.blobs), isWhole: true };
      this.#stored.set(blob, made);
      this.bytes += made.bytes.length;
      return made;
    });
  }
}

describe("a record on disk", () => {
  test.each([
    ["a number", 1.5],
    ["nothing", undefined],
    ["a string that looks like a reference", "\u007f0"],
    ["an array whose first item looks like a continuation", ["\u007f+0", 1]],
    ["a large string", "ü".repeat(5_000)],
    ["half a surrogate pair", `\ud800${"x".repeat(300)}`],
    ["an own __proto__", JSON.parse(`{"__proto__": {"a": 1}, "b": "${"y".repeat(400)}"}`)],
    ["nested objects", { a: { b: [{ c: "z".repeat(300) }, { c: "z".repeat(300) }], d: null, e: true } }],
    ["an empty array", []],
  ])("comes back as it was: %s", (_, input) => {
    const record = recorder()(input);
    const { head, blobs } = new RecordEncoder().encode(record);
    expect(new RecordDecoder().decode(contentBytes(head), new Shelf().stored(blobs))?.toSnapshot()).toEqual(
      record.toSnapshot(),
    );
  });

  test("a conversation costs its distinct bytes, and comes back whole at each step", () => {
    const record = recorder();
    const encoder = new RecordEncoder();
    const decoder = new RecordDecoder();
    const shelf = new Shelf();
    const messages: { role: string; content: string }[] = [];
    let distinctBytes = 0;
    let headBytes = 0;
    for (let step = 0; step < 200; step++) {
      const content = `${step} ${"word ".repeat(200)}`;
      distinctBytes += content.length;
      messages.push({ role: "user", content });
      const { head, blobs } = encoder.encode(record({ messages }));
      headBytes += head.byteLength;
      expect(decoder.decode(contentBytes(head), shelf.stored(blobs))?.toSnapshot().input).toEqual({ messages });
    }
    expect((shelf.bytes + headBytes) / distinctBytes).toBeLessThan(1.3);
  });

  test("START and END share what both say of the span", () => {
    const encoder = new RecordEncoder();
    const ended = recorder()({ question: "q".repeat(100) });
    const started = new SpanRecord({ ...ended, phase: "started", revision: 0, endMicros: undefined });
    const [start, end] = [encoder.encode(started), encoder.encode(ended)];
    expect(end.blobs).toEqual(start.blobs);
    expect(end.head.byteLength).toBeLessThan(30);

    const shelf = new Shelf();
    const decoder = new RecordDecoder();
    expect(decoder.decode(contentBytes(start.head), shelf.stored(start.blobs))?.toSnapshot()).toEqual(
      started.toSnapshot(),
    );
    expect(decoder.decode(contentBytes(end.head), shelf.stored(end.blobs))?.toSnapshot()).toEqual(ended.toSnapshot());
  });

  test("an END whose span was changed since its START says itself what it is", () => {
    const encoder = new RecordEncoder();
    const decoder = new RecordDecoder();
    const ended = recorder()({ question: "q".repeat(100) });
    encoder.encode(new SpanRecord({ ...ended, phase: "started", revision: 0, endMicros: undefined, name: "other" }));
    const { head, blobs } = encoder.encode(ended);
    expect(decoder.decode(contentBytes(head), new Shelf().stored(blobs))?.toSnapshot()).toEqual(ended.toSnapshot());
  });

  test("a string and a container of the same text are two things", () => {
    const container = { list: Array.from({ length: 200 }, (_, i) => i) };
    const encoder = new RecordEncoder();
    const record = recorder();
    for (const input of [container, JSON.stringify(container)]) {
      const { head, blobs } = encoder.encode(record(input));
      expect(new RecordDecoder().decode(contentBytes(head), new Shelf().stored(blobs))?.toSnapshot().input).toEqual(
        input,
      );
    }
  });

  test("two traces that carry the same list of tools share its blob", () => {
    const encoder = new RecordEncoder();
    const shelf = new Shelf();
    const tools = () => Array.from({ length: 40 }, (_, i) => ({ name: `tool ${i}`, about: "what it does" }));
    const first = encoder.encode(recorder()({ tools: tools() }));
    shelf.stored(first.blobs);
    const before = shelf.bytes;
    const second = encoder.encode(recorder()({ tools: tools() }));
    shelf.stored(second.blobs);
    expect(shelf.bytes - before).toBeLessThan(200);
  });

  test("a long array that is captured anew shares all but its end with what was captured before", () => {
    const encoder = new RecordEncoder();
    const decoder = new RecordDecoder();
    const shelf = new Shelf();
    const messages = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ role: "user", content: `word ${i}` }));
    const afresh = (count: number) => {
      const before = shelf.bytes;
      const { head, blobs } = encoder.encode(recorder()(messages(count)));
      expect(decoder.decode(contentBytes(head), shelf.stored(blobs))?.toSnapshot().input).toEqual(messages(count));
      return shelf.bytes - before;
    };
    const first = afresh(2_000);
    expect(first).toBeGreaterThan(60_000);
    expect(afresh(2_002)).toBeLessThan(6_000);
  });

  test("says what corruption took of its payload, and keeps the rest", () => {
    const { head, blobs } = new RecordEncoder().encode(recorder()({ lost: "x".repeat(300), kept: 1 }));
    const stored = new Shelf().stored(blobs).map((blob) => (blob.bytes.length > 300 ? undefined : blob));
    const input = new RecordDecoder().decode(contentBytes(head), stored)?.toSnapshot().input;
    expect(input).toEqual({ lost: "[Lost: damaged on disk]", kept: 1 });
  });

  test("without what says which span it is, it is no record", () => {
    const { head } = new RecordEncoder().encode(recorder()(1));
    expect(new RecordDecoder().decode(contentBytes(head), [])).toBeUndefined();
  });

  test("bytes that are no record are none", () => {
    const decoder = new RecordDecoder();
    for (const text of ["", "{}", "null", "[1]", '[["\u007f0","id",1],1,1,0]', '{"phase":"ended"}', "\u0000\u0001"]) {
      expect(decoder.decode(Buffer.from(text), [])).toBeUndefined();
    }
  });

  test("an interrupted span ends at the last sign of life, and not before its start", () => {
    const started = new SpanRecord({
      ...FIELDS,
      phase: "started",
      revision: 0,
      endMicros: undefined,
      input: undefined,
    });
    expect(interrupted(started, 5_000)).toMatchObject({
      phase: "ended",
      status: "ERROR",
      error: { type: "Interrupted" },
      endMicros: 5_000_000,
    });
    expect(interrupted(started, 0).endMicros).toBe(started.startMicros);
  });
});

describe("what was prepared in steps", () => {
  const rows = (count: number, characters: number) =>
    Array.from({ length: count }, (_, i) => ({ id: i, text: `row ${i} `.padEnd(characters, "word ") }));

  test.each<[what: string, input: unknown]>([
    ["small things", { rows: rows(4_000, 20) }],
    ["texts of a kilobyte", rows(300, 1_000)],
    ["an object of many properties", Object.fromEntries(rows(4_000, 30).map(({ text }) => [text, text]))],
    ["lists in lists", { a: { b: [rows(500, 20), [rows(500, 300)], []] } }],
    ["nothing large", { a: 1 }],
  ])("is encoded as if it were not, each step bounded: %s", (_, input) => {
    const record = recorder()(input);
    const encoder = new RecordEncoder();
    const { stringify } = JSON;
    let characters = 0;
    let most = 0;
    JSON.stringify = ((...given: Parameters<typeof stringify>) => {
      const text = stringify(...given);
      characters += text.length;
      return text;
    }) as typeof stringify;
    const bounded = (step: () => boolean | undefined): void => {
      for (let isDone: boolean | undefined = false; isDone !== true; characters = 0) {
        isDone = step();
        most = Math.max(most, characters);
      }
    };
    let encoded: ReturnType<RecordEncoder["encode"]> | undefined;
    try {
      const steps = encoder.prepare(record, 8_192);
      bounded(() => steps.next().done);
      bounded(() => {
        encoded = encoder.encode(record);
        return true;
      });
    } finally {
      JSON.stringify = stringify;
    }
    const plain = new RecordEncoder().encode(record);
    const bytes = ({ head, blobs }: typeof plain) => {
      const texts: string[] = [Buffer.from(contentBytes(head)).toString()];
      const walk = (list: readonly SpoolBlob[]): void => {
        for (const blob of list) {
          texts.push(Buffer.from(contentBytes(blob.bytes())).toString());
          walk(blob.blobs);
        }
      };
      walk(blobs);
      return texts;
    };
    expect(most).toBeLessThan(3 * 8_192);
    expect(bytes(encoded!)).toEqual(bytes(plain));
  });
});
