import { expect, test } from "vitest";
import { fromSgpBatch } from "./sgp-batch.ts";

function span(trace: string, id: string, parent?: string) {
  return { trace_id: trace, id, parent_id: parent, name: id, start_timestamp: "2026-01-31T12:00:00Z" };
}

test("a batch gives its snapshots in its order", () => {
  const decoded = fromSgpBatch({
    items: [span("t", "child", "root"), span("t", "root"), span("t", "orphan", "elsewhere")],
  });
  expect(decoded.ok && decoded.snapshots.map((snapshot) => snapshot.id)).toEqual(["child", "root", "orphan"]);
});

test("one bad item refuses the batch and is named by its place", () => {
  const decoded = fromSgpBatch({ items: [span("t", "a"), { ...span("t", "b"), name: 7 }] });
  expect(decoded).toEqual({ ok: false, status: 422, message: "items[1]: name must be a string, got a number" });
});

test("1000 items are taken and 1001 are not", () => {
  const items = Array.from({ length: 1001 }, (_, index) =>
    span("t", `s${index}`, index === 0 ? undefined : `s${index - 1}`),
  );
  expect(fromSgpBatch({ items: items.slice(0, 1000) }).ok).toBe(true);
  expect(fromSgpBatch({ items })).toMatchObject({ ok: false, status: 422 });
});

test.each([
  ["a span that is its own parent", [span("t", "a", "a")]],
  ["a cycle of three", [span("t", "a", "c"), span("t", "b", "a"), span("t", "c", "b")]],
  ["a parent in another trace", [span("t1", "a"), span("t2", "b", "a")]],
])("%s is a conflict", (_why, items) => {
  expect(fromSgpBatch({ items })).toMatchObject({ ok: false, status: 409 });
});

test("the same ids in two traces are different spans", () => {
  expect(fromSgpBatch({ items: [span("t1", "a"), span("t2", "a"), span("t2", "b", "a")] }).ok).toBe(true);
});

test.each([undefined, null, [], {}, { items: {} }, "items"])("%j is refused as a body", (body) => {
  expect(fromSgpBatch(body)).toMatchObject({ ok: false, status: 422 });
});
