import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";

test.each([
  ["no bytes", Buffer.alloc(0), 0x00000000],
  ["the check value", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros (RFC 3720)", Buffer.alloc(32), 0x8a9136aa],
  ["32 ones (RFC 3720)", Buffer.alloc(32, 0xff), 0x62a8ab43],
  ["0 to 31 (RFC 3720)", Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
  ["31 to 0 (RFC 3720)", Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
])("the checksum of %s is the published one", (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("a message checked in parts has the checksum of the whole, wherever it is cut", () => {
  const bytes = Buffer.from(Array.from({ length: 41 }, (_, index) => (index * 37) % 256));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(crc32c(bytes, crc32c(bytes, 0, 0, cut), cut)).toBe(crc32c(bytes));
  }
});
