import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import { SpanReader } from "../spans/span-reader.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";

const P = "project";
const restored = vi.spyOn(SpanReader.prototype, "spanOfRow");
let store: SqliteTraceStore;
beforeEach(() => {
  restored.mockClear();
  store = new SqliteTraceStore({ path: ":memory:" });
});
afterEach(() => store.close());

const history = Array.from({ length: 50 }, (_, i) => ({ role: "user", content: `${i} `.repeat(300) }));
const rich = snapshot({
  id: "rich",
  parentId: "root",
  input: { messages: history },
  output: { text: "ok", number: 0.1 },
  data: { model: "m" },
  error: { type: "E", message: "m" },
  status: "ERROR",
});
const bare = snapshot({ id: "bare" });

test.each(["revision", "arrival"] as const)("nothing is put together for a repeated delivery, by %s", async (order) => {
  const batch = [rich, bare];
  expect(await store.write(P, batch, { order })).toEqual(["stored-new", "stored-new"]);
  expect(await store.write(P, structuredClone(batch), { order })).toEqual(["duplicate", "duplicate"]);
  // Within one batch too, and when its frames are compressed.
  const fresh = snapshot({ id: "fresh", input: { messages: history } });
  expect(await store.write(P, [fresh, structuredClone(fresh)], { order })).toEqual(["stored-new", "duplicate"]);
  expect(restored).not.toHaveBeenCalled();
  await store.settle();
  // Columns are derived anew from whole spans.
  restored.mockClear();
  expect(await store.write(P, structuredClone(batch), { order })).toEqual(["duplicate", "duplicate"]);
  expect(restored).not.toHaveBeenCalled();
});

test.each([
  ["input", { input: { messages: [...history, {}] } }],
  ["which payload", { input: undefined, data: rich.input as Record<string, unknown> }],
  ["parent", { parentId: "other" }],
  ["name", { name: "other" }],
  ["status", { status: "OK" as const }],
  ["service", { service: { name: "s" } }],
  ["end", { endTime: "2026-01-31T13:00:00.000000Z" }],
])("what differs in its %s is no repetition", async (_what, change) => {
  await store.write(P, [rich]);
  expect(await store.write(P, [{ ...rich, ...change }])).toEqual(["conflict"]);
  expect(restored).toHaveBeenCalledTimes(1);
});

test("what differs in the order of its properties alone is a repetition, told by the contents", async () => {
  await store.write(P, [rich]);
  expect(await store.write(P, [{ ...rich, output: { number: 0.1, text: "ok" } }])).toEqual(["duplicate"]);
  expect(restored).toHaveBeenCalledTimes(1);
});

describe("of what differs", () => {
  const changed = (order: "revision" | "arrival" | "pieces", ...ids: string[]) =>
    store.write(
      P,
      ids.map((id) => ({ ...rich, id, status: "OK" as const, name: "changed" })),
      { order },
    );

  beforeEach(async () => {
    await store.close();
    store = new SqliteTraceStore({ path: ":memory:", maxComparedBytes: 60_000 });
    // Each takes 43 KB when it is put together.
    await store.write(P, [
      { ...rich, id: "a" },
      { ...rich, id: "b" },
    ]);
  });

  test.each(["revision", "arrival", "pieces"] as const)(
    "no more is put together for one write than a request can bring, by %s: nothing of it is written",
    async (order) => {
      await expect(changed(order, "a", "b")).rejects.toThrow(
        "what is stored of the spans is more than the 60000 bytes that are compared for one request: send fewer spans",
      );
      expect(await store.getSpan(P, "t", "a")).toMatchObject({ name: rich.name });
      await changed(order, "a");
      await changed(order, "b");
    },
  );

  test("one span is compared whatever its size", async () => {
    const input = { messages: [...history, ...history, "more"] };
    await store.write(P, [{ ...rich, id: "large", input }]);
    expect(await changed("revision", "large")).toEqual(["conflict"]);
  });
});
