import type { SpanSnapshot } from "@everspan/protocol";
import { expect, test } from "vitest";
import { ended } from "../testing/snapshots.ts";
import { RecordNumbers } from "./record-numbers.ts";

const batchOf = (...ids: string[]): SpanSnapshot[] => ids.map((id) => ended({ id }));

test("records are numbered from 1 without a gap", () => {
  const numbers = new RecordNumbers();
  expect(numbers.last).toBe(0);
  expect(numbers.take(batchOf("a", "b"))).toBe(1);
  expect(numbers.take(batchOf("c"))).toBe(3);
  expect(numbers.last).toBe(3);
});

test("what is sent again keeps its numbers, whole or split, whatever went meanwhile", () => {
  const numbers = new RecordNumbers();
  const batch = batchOf("a", "b", "c", "d");
  numbers.failed(batch, numbers.take(batch));
  numbers.take(batchOf("x"));
  expect(numbers.take(batch)).toBe(1);
  numbers.failed(batch, 1);
  expect(numbers.take(batch.slice(2))).toBe(3);
  expect(numbers.take(batch.slice(0, 2))).toBe(1);
  expect(numbers.last).toBe(5);
});

test("another revision of a span is another record, and what comes together anew gets new numbers", () => {
  const numbers = new RecordNumbers();
  const [a, b] = [ended({ id: "a" }), ended({ id: "b" })];
  numbers.failed([a], numbers.take([a]));
  numbers.failed([b], numbers.take([b]));
  expect(numbers.take([{ ...a, revision: 9 }])).toBe(3);
  expect(numbers.take([b, a])).toBe(4);
});

test("what it remembers is bounded", () => {
  const numbers = new RecordNumbers();
  const many = Array.from({ length: 10_001 }, (_, i) => ended({ id: `s${i}` }));
  numbers.failed(many, numbers.take(many));
  expect(numbers.take(many.slice(0, 1))).toBe(10_002);
  expect(numbers.take(many.slice(-1))).toBe(10_001);
});
