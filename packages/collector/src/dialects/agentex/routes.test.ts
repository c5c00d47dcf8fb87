import { toAgentexPatch } from "@everspan/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../store/trace-store.contract.ts";
import { CollectorFixture } from "../../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

const span = { id: "s", trace_id: "task-1", task_id: "task-1", name: "turn", start_time: "2026-01-31T12:00:00Z" };
const post = (body: unknown) => fixture.send("POST", "/spans", body);
const patch = (body: unknown, id = "s") => fixture.send("PATCH", `/spans/${id}`, body);
const stored = async () => (await fixture.get("/api/traces/task-1/spans/s")).json();

test("a span is created, then ended by a patch that merges its data", async () => {
  expect(await (await post({ ...span, data: { a: 1 } })).json()).toMatchObject({ id: "s", trace_id: "task-1" });
  expect(await stored()).toMatchObject({ phase: "started", taskId: "task-1", data: { a: 1 } });
  const ended = await patch({
    end_time: "2026-01-31T12:00:02Z",
    output: [{ role: "assistant" }],
    data: { b: 2 },
    input: null,
  });
  expect(ended.status).toBe(200);
  expect(await stored()).toMatchObject({
    phase: "ended",
    durationMs: 2000,
    output: [{ role: "assistant" }],
    data: { a: 1, b: 2 },
  });
});

test("a failure in the data is the span's error", async () => {
  await post(span);
  await patch({ data: { __error__: { type: "TimeoutError", message: "too slow" } } });
  expect(await stored()).toMatchObject({ status: "ERROR", error: { type: "TimeoutError", message: "too slow" } });
});

test("an unknown id is 404, unless the patch says the whole span as ours does", async () => {
  expect((await patch({ name: "x" })).status).toBe(404);
  expect((await patch(toAgentexPatch(snapshot({ id: "s", traceId: "task-1" })))).status).toBe(200);
  expect(await stored()).toMatchObject({ phase: "ended", name: "s" });
});

test("what is wrong is refused and changes nothing", async () => {
  await post(span);
  expect((await post({ ...span, input: "text" })).status).toBe(422);
  expect((await post({ ...span, trace_id: undefined })).status).toBe(422);
  expect((await patch({ end_time: "2020-01-01T00:00:00Z" })).status).toBe(422);
  expect((await patch({ trace_id: "other" })).status).toBe(422);
  expect(await stored()).toMatchObject({ phase: "started", revision: 0 });
});

test("spans are listed by trace or task, newest first, in pages of 50 unless said otherwise", async () => {
  for (let i = 0; i < 60; i++) {
    await post({
      ...span,
      id: `s${String(i).padStart(2, "0")}`,
      start_time: `2026-01-31T12:00:${String(i).padStart(2, "0")}Z`,
    });
  }
  const ids = async (query: string) =>
    ((await (await fixture.get(`/spans?${query}`)).json()) as { id: string }[]).map((s) => s.id);
  expect((await ids("trace_id=task-1"))[0]).toBe("s59");
  expect(await ids("trace_id=task-1")).toHaveLength(50);
  expect(await ids("task_id=task-1&limit=3&page_number=2&order_direction=asc")).toEqual(["s03", "s04", "s05"]);
  expect(await ids("trace_id=unknown")).toEqual([]);
  for (const query of [
    "",
    "trace_id=x&limit=0",
    "trace_id=x&limit=1001",
    "trace_id=x&order_by=data",
    "trace_id=x&page_number=a",
  ]) {
    expect((await fixture.get(`/spans?${query}`)).status).toBe(422);
  }
  expect(await (await fixture.get("/spans/s07")).json()).toMatchObject({ id: "s07", task_id: "task-1" });
  expect((await fixture.get("/spans/unknown")).status).toBe(404);
});
