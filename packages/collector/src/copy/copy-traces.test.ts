import { afterEach, beforeEach, expect, test } from "vitest";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { snapshot, traceOf } from "../store/trace-store.contract.ts";
import { copyTraces } from "./copy-traces.ts";

const P = "project";
const WHOLE = Number.POSITIVE_INFINITY;

let source: SqliteTraceStore;
let target: SqliteTraceStore;
beforeEach(async () => {
  source = new SqliteTraceStore({ path: ":memory:" });
  target = new SqliteTraceStore({ path: ":memory:" });
  for (let trace = 0; trace < 120; trace++) {
    await source.write(P, [
      snapshot({ id: "root", traceId: `t${trace}`, input: { text: "x".repeat(600), trace } }),
      snapshot({ id: "step", traceId: `t${trace}`, parentId: "root", status: "ERROR", data: { big: [1, "é"] } }),
    ]);
  }
  await source.pin(P, "t7", true);
});
afterEach(async () => {
  await source.close();
  await target.close();
});

test("every span comes over as it is, and a second copy writes nothing", async () => {
  expect(await copyTraces({ source, target, project: P })).toEqual({
    traces: 120,
    skipped: 0,
    spans: 240,
    different: [],
  });
  for (const id of ["t0", "t7", "t119"]) {
    const [from, to] = [(await traceOf(source, P, id, WHOLE))!, (await traceOf(target, P, id, WHOLE))!];
    expect(to.spans).toEqual(from.spans);
    expect({ ...to.trace, revision: 0 }).toEqual({ ...from.trace, revision: 0 });
  }
  expect((await copyTraces({ source, target, project: P })).skipped).toBe(120);
});

test("a copy that was broken off goes on, and brings what has changed since", async () => {
  const breaking = new Error("the target is away");
  const broken = copyTraces({
    ...{ source, target, project: P },
    onProgress: (traces) => {
      if (traces === 50) throw breaking;
    },
  });
  await expect(broken).rejects.toBe(breaking);
  await source.write(P, [snapshot({ id: "late", traceId: "t3" })]);
  expect(await copyTraces({ source, target, project: P })).toEqual({
    traces: 120,
    skipped: 49,
    spans: 241,
    different: [],
  });
  expect((await traceOf(target, P, "t3", 0))?.trace.spanCount).toBe(3);
});

test("a trace that does not come over whole is named", async () => {
  await target.write(P, [snapshot({ id: "only here", traceId: "t5" })]);
  expect((await copyTraces({ source, target, project: P })).different).toEqual(["t5"]);
});
