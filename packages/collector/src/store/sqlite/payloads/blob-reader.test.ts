import { expect, test } from "vitest";
import type { Database } from "../schema/sqlite.ts";
import { CODEC, packFrame } from "./frame-codec.ts";
import { BlobReader } from "./frame-table.ts";

const MIB = 1024 * 1024;

/** Frames of one trace, of two blobs and 3 MiB each; which of them were read. */
function framesOnDisk() {
  const read: number[] = [];
  const rowOf = (frame: number) => {
    const content = packFrame([`first of ${frame} `.padEnd(2 * MIB, "x"), `second of ${frame} `.padEnd(MIB, "y")]);
    return { frame, kind: 0, first: 2 * frame, count: 2, codec: CODEC.plain, bytes: content.byteLength, content };
  };
  const find = (_trace: number, _kind: number, number: number) => ({
    frame: number >> 1,
    first: number - (number % 2),
    count: 2,
  });
  const readRow = (frame: number) => {
    read.push(frame);
    return rowOf(frame);
  };
  const prepare = (sql: string) => ({ get: sql.includes("SELECT *") ? readRow : find });
  return { database: { prepare } as unknown as Database, read };
}

test("frames are kept up to a number of bytes, and the one that was read longest ago goes first", () => {
  const { database, read } = framesOnDisk();
  const reader = new BlobReader(database);
  const wordsOf = (number: number) => reader.blobsOf(1)(number).split(" ").slice(0, 3).join(" ");
  expect([0, 1, 2, 3].map(wordsOf)).toEqual(["first of 0", "second of 0", "first of 1", "second of 1"]);
  expect(read).toEqual([0, 1]);
  // 0 was read after 1, so 1 goes for the third.
  wordsOf(0);
  wordsOf(4);
  expect([wordsOf(0), wordsOf(5), wordsOf(3)]).toEqual(["first of 0", "second of 2", "second of 1"]);
  expect(read).toEqual([0, 1, 2, 1]);
});
