import { expect, test } from "vitest";
import { fromSgpBatch, sgpBatchSteps } from "./sgp-batch.ts";

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
  expect(fromSgpBatch({ items })).toEqual({
    ok: false,
    status: 422,
    message: "items must have at most 1000 spans, got 1001",
  });
});

test("others get their turn after each span", () => {
  const steps = sgpBatchSteps({ items: [span("t", "a"), span("t", "b"), span("t", "c")] });
  let turns = 0;
  while (!steps.next().done) turns += 1;
  expect(turns).toBe(3);
});

test.each([
  ["a span that is its own parent", [span("t", "a", "a")]],
  ["a cycle of three", [span("t", "a", "c"), span("t", "b", "a"), span("t", "c", "b")]],
  ["a parent in another trace", [span("t1", "a"), span("t2", "b", "a")]],
])("%s is a conflict", (_why, items) => {
  expect(fromSgpBatch({ items })).toMatchObject({ ok: false, status: 409 });
});

test("a conflict names the first span that has it", () => {
  const another = [span("t1", "a"), span("t2", "b"), span("t2", "c", "a")];
  expect(fromSgpBatch({ items: another })).toMatchObject({
    message: "items[2]: parent_id names a span of another trace",
  });
  const cycle = [span("t", "a"), span("t", "b", "a"), span("t", "x", "y"), span("t", "y", "x")];
  expect(fromSgpBatch({ items: cycle })).toMatchObject({ message: "items[2]: the span is its own ancestor" });
});

test("the same ids in two traces are different spans", () => {
  expect(fromSgpBatch({ items: [span("t1", "a"), span("t2", "a"), span("t2", "b", "a")] }).ok).toBe(true);
});

test.each([undefined, null, [], {}, { items: {} }, "items"])("%j is refused as a body", (body) => {
  expect(fromSgpBatch(body)).toMatchObject({ ok: false, status: 422 });
});
