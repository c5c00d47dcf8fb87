import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtoError, ProtoReader } from "./proto-reader.ts";
import { ProtoWriter } from "./proto-writer.ts";

const bytesOf = (write: (writer: ProtoWriter) => void, initialBytes?: number): Uint8Array => {
  const writer = new ProtoWriter(initialBytes);
  write(writer);
  return writer.finish();
};
/** A reader that stands at the first field of the bytes. */
const readerAt = (bytes: Iterable<number>): ProtoReader => {
  const reader = new ProtoReader(Uint8Array.from(bytes));
  expect(reader.next()).toBe(true);
  return reader;
};
const readBack = <T>(write: (writer: ProtoWriter) => void, read: (reader: ProtoReader) => T): T => {
  const reader = readerAt(bytesOf(write));
  expect(reader.field).toBe(5);
  const value = read(reader);
  expect(reader.next()).toBe(false);
  return value;
};

/** The examples of protobuf's own description of its encoding, and the edges of each length. */
test.each<[what: string, bytes: number[], write: (writer: ProtoWriter) => void]>([
  ["a varint of one byte", [0x08, 0x7f], (writer) => writer.varint(1, 127)],
  ["a varint of two bytes", [0x08, 0x80, 0x01], (writer) => writer.varint(1, 128)],
  ["a varint that is larger", [0x08, 0x96, 0x01], (writer) => writer.varint(1, 150)],
  ["a field of two bytes", [0x80, 0x01, 0x00], (writer) => writer.varint(16, 0)],
  ["an int64", [0x08, 0xac, 0x02], (writer) => writer.int64(1, "300")],
  ["an int64 of one byte", [0x08, 0x7f], (writer) => writer.int64(1, "127")],
  ["an int64 of two bytes", [0x08, 0x80, 0x01], (writer) => writer.int64(1, "128")],
  ["a negative int64", [0x08, ...Array<number>(9).fill(0xff), 0x01], (writer) => writer.int64(1, "-1")],
  ["a short string", [0x12, 7, ...Buffer.from("testing")], (writer) => writer.string(2, "testing")],
  ["bytes", [0x12, 2, 0x0f, 0xa0], (writer) => writer.hex(2, "0fa0")],
  ["a fixed64", [0x09, 1, 2, 0, 0, 0, 0, 0, 0], (writer) => writer.fixed64(1, "513")],
  ["a double", [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f], (writer) => writer.double(1, 1)],
  ["a message", [0x1a, 3, 0x08, 0x96, 0x01], (writer) => writer.message(3, () => writer.varint(1, 150))],
  ["an empty message", [0x1a, 0], (writer) => writer.message(3, () => {})],
  ["a long message", [0x1a, 0x82, 0x80, 0x80, 0, 8, 1], (writer) => writer.longMessage(3, () => writer.varint(1, 1))],
])("%s is written as protobuf says, in a buffer of any size", (_what, bytes, write) => {
  expect([...bytesOf(write)]).toEqual(bytes);
  expect([...bytesOf(write, 1)]).toEqual(bytes);
});

describe("what is written is read back:", () => {
  test.each([0, 1, 42, 43, 47, 48, 49, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152])(
    "a text of %i characters, in a message of its own",
    (length) => {
      const text = "x".repeat(length);
      const write = (writer: ProtoWriter) => writer.message(5, () => writer.string(5, text));
      const read = readBack(write, (reader) => {
        const outer = reader.enter();
        expect(reader.next()).toBe(true);
        const value = reader.string();
        expect(reader.next()).toBe(false);
        reader.leave(outer);
        return value;
      });
      expect(read).toBe(text);
    },
  );

  test("any text, as a string and as a name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
        const write = (writer: ProtoWriter) => writer.string(5, text);
        expect(readBack(write, (reader) => reader.string())).toBe(text);
        expect(readBack(write, (reader) => reader.name())).toBe(text);
        expect(readBack(write, (reader) => reader.name())).toBe(text);
      }),
    );
  });

  test("a byte order mark, which belongs to the text", () => {
    expect(
      readBack(
        (writer) => writer.string(5, "\ufeffx"),
        (reader) => reader.string(),
      ),
    ).toBe("\ufeffx");
  });

  test("varints up to the largest that a double holds", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(
          readBack(
            (writer) => writer.varint(5, value),
            (reader) => reader.uint(),
          ),
        ).toBe(value);
      }),
    );
  });

  test("int64s: as numbers where they are exact, else as their digits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const read = readBack(
          (writer) => writer.int64(5, String(value)),
          (reader) => reader.int64(),
        );
        expect(read).toBe(Number.isSafeInteger(Number(value)) ? Number(value) : String(value));
      }),
    );
  });

  test.each([
    ["0", 0],
    ["-1", -1],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740992", "9007199254740992"],
    ["-9007199254740991", Number.MIN_SAFE_INTEGER],
    ["-9007199254740992", "-9007199254740992"],
    ["9223372036854775807", "9223372036854775807"],
  ])("the int64 %s", (decimal, value) => {
    expect(
      readBack(
        (writer) => writer.int64(5, decimal),
        (reader) => reader.int64(),
      ),
    ).toBe(value);
  });

  test("fixed64s: exact in thousands, and as the nearest double", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (value) => {
        readBack(
          (writer) => writer.fixed64(5, String(value)),
          (reader) => {
            const thousands = reader.fixed64Thousands();
            if (value < 2n ** 53n * 1000n) expect(thousands).toBe(Number(value / 1000n));
            expect(reader.lastFixed64()).toBe(Number(value));
          },
        );
      }),
    );
  });

  test("doubles", () => {
    for (const value of [0, 1.5, -1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(
        readBack(
          (writer) => writer.double(5, value),
          (reader) => reader.double(),
        ),
      ).toBe(value);
    }
  });

  test("bytes as hex digits, as base64 and as they are", () => {
    const write = (writer: ProtoWriter) => writer.hex(5, "00ff10a7");
    expect(readBack(write, (reader) => reader.hex())).toBe("00ff10a7");
    expect(readBack(write, (reader) => reader.base64())).toBe("AP8Qpw==");
    expect([...readBack(write, (reader) => reader.bytes())]).toEqual([0, 255, 16, 167]);
  });
});

test("bytes that are read as hex digits are cut after 64: no id is longer", () => {
  expect(
    readBack(
      (writer) => writer.hex(5, "ab".repeat(64)),
      (reader) => reader.hex(),
    ),
  ).toBe("ab".repeat(64));
  expect(
    readBack(
      (writer) => writer.hex(5, "ab".repeat(65)),
      (reader) => reader.hex(),
    ),
  ).toBe("ab".repeat(64));
});

test("names of one place in the table don't take each other's", () => {
  // More names than the table has places, each of them twice.
  const names = Array.from({ length: 3_000 }, (_, i) => `name.${i}`);
  const bytes = bytesOf((writer) => {
    for (const name of [...names, ...names]) writer.string(5, name);
  });
  const reader = new ProtoReader(bytes);
  const read: string[] = [];
  while (reader.next()) read.push(reader.name());
  expect(read).toEqual([...names, ...names]);
});

test("a name is made once, and stays what it was when the message's bytes change", () => {
  const bytes = bytesOf((writer) => writer.string(5, "once.only"));
  const read = () => {
    const reader = new ProtoReader(bytes);
    reader.next();
    return reader.name();
  };
  expect(read()).toBe("once.only");
  bytes[2] = "O".charCodeAt(0);
  expect([read(), read()]).toEqual(["Once.only", "Once.only"]);
});

test("a message is read wherever in a buffer it stands", () => {
  const bytes = bytesOf((writer) => writer.double(5, 1.5));
  const within = Uint8Array.from([9, 9, 9, ...bytes]).subarray(3);
  const reader = new ProtoReader(within);
  expect([reader.next(), reader.field, reader.double()]).toEqual([true, 5, 1.5]);
});

test("a 32-bit number is read in its order of bytes", () => {
  expect(readerAt([0x0d, 1, 2, 0, 0x80]).fixed32()).toBe(0x80000201);
});

describe("fields that nobody knows are skipped:", () => {
  test.each([
    ["a varint", [0x08, 0x96, 0x01]],
    ["eight bytes", [0x09, 1, 2, 3, 4, 5, 6, 7, 8]],
    ["a text", [0x0a, 3, 1, 2, 3]],
    ["four bytes", [0x0d, 1, 2, 3, 4]],
  ])("%s", (_what, bytes) => {
    const reader = readerAt([...bytes, 0x28, 7]);
    reader.skip();
    expect([reader.next(), reader.field, reader.uint(), reader.next()]).toEqual([true, 5, 7, false]);
  });

  test("those at the end of a nested message, when it is left", () => {
    const reader = readerAt([0x0a, 2, 0x08, 1, 0x28, 7]);
    reader.leave(reader.enter());
    expect([reader.next(), reader.field, reader.uint()]).toEqual([true, 5, 7]);
  });
});

describe("bytes that are no message are refused:", () => {
  const ends = "the message ends within a field";
  const another = "a field has another wire type than its number says";
  test.each<[what: string, bytes: number[], read: (reader: ProtoReader) => unknown, message: string]>([
    ["a field of number 0", [0x00, 1], () => {}, "a field has the number 0"],
    ["the tag alone", [0x80], () => {}, ends],
    ["a varint that does not end", [0x08, 0x80], (reader) => reader.uint(), ends],
    [
      "a varint of eleven bytes",
      [0x08, ...Array<number>(10).fill(0x80), 1],
      (reader) => reader.uint(),
      "a varint has more than ten bytes",
    ],
    ["a text that is cut", [0x0a, 3, 1, 2], (reader) => reader.string(), ends],
    ["a name that is cut", [0x0a, 3, 1, 2], (reader) => reader.name(), ends],
    ["an id that is cut", [0x0a, 3, 1, 2], (reader) => reader.hex(), ends],
    ["bytes that are cut", [0x0a, 3, 1, 2], (reader) => reader.bytes(), ends],
    ["a message that is cut", [0x0a, 3, 1, 2], (reader) => reader.enter(), ends],
    ["eight bytes that are seven", [0x09, 1, 2, 3, 4, 5, 6, 7], (reader) => reader.double(), ends],
    ["four bytes that are three", [0x0d, 1, 2, 3], (reader) => reader.fixed32(), ends],
    ["an unknown field that is cut", [0x0a, 3, 1, 2], (reader) => reader.skip(), ends],
    ["a group", [0x0b], (reader) => reader.skip(), "a field has an unknown wire type"],
    ["a text for a number", [0x0a, 1, 1], (reader) => reader.uint(), another],
    ["a text for an int64", [0x0a, 1, 1], (reader) => reader.int64(), another],
    ["a text for a double", [0x0a, 1, 1], (reader) => reader.double(), another],
    ["a text for four bytes", [0x0a, 4, 1, 2, 3, 4], (reader) => reader.fixed32(), another],
    ["a number for a text", [0x08, 1, 1], (reader) => reader.string(), another],
    ["a number for a name", [0x08, 1, 1], (reader) => reader.name(), another],
    ["a number for an id", [0x08, 1, 1], (reader) => reader.hex(), another],
    ["a number for bytes", [0x08, 1, 1], (reader) => reader.bytes(), another],
    ["a number for a message", [0x08, 1, 1], (reader) => reader.enter(), another],
  ])("%s", (_what, bytes, read, message) => {
    const attempt = () => {
      const reader = new ProtoReader(Uint8Array.from(bytes));
      reader.next();
      read(reader);
    };
    expect(attempt).toThrow(ProtoError);
    expect(attempt).toThrow(message);
  });
});

test("a nested field can't reach beyond its message, and what ends with it is whole", () => {
  const reader = readerAt([0x0a, 3, 0x0a, 1, 0x61, 0x28, 7]);
  const outer = reader.enter();
  reader.next();
  expect([reader.string(), reader.next()]).toEqual(["a", false]);
  reader.leave(outer);
  const beyond = readerAt([0x0a, 3, 0x0a, 2, 0x61, 0x62]);
  beyond.enter();
  beyond.next();
  expect(() => beyond.string()).toThrow(ProtoError);
});
