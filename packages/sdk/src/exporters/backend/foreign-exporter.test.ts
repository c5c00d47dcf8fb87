import { describe, expect, test } from "vitest";
import type { SpanExporter } from "../../contract/span-exporter.ts";
import { plainRecord } from "../../delivery/record/testing/plain-record.ts";
import { ATTEMPT } from "../testing/snapshots.ts";
import { exportChecked } from "./foreign-exporter.ts";

const answerOf = (outcome: unknown) => {
  const exporter = { name: "theirs", export: async () => outcome } as unknown as SpanExporter;
  return exportChecked(exporter, [], ATTEMPT);
};

describe("an outcome of somebody else's exporter is taken as far as it makes sense:", () => {
  test.each<[what: string, given: unknown, taken: unknown]>([
    ["delivered", { kind: "delivered", more: 1 }, { kind: "delivered" }],
    ["too large", { kind: "tooLarge" }, { kind: "tooLarge", maybeDelivered: false }],
    [
      "too large, with a reason",
      { kind: "tooLarge", reason: "big\nbatch", maybeDelivered: true },
      { kind: "tooLarge", maybeDelivered: true, reason: "big batch" },
    ],
    [
      "partial, without what names no span",
      { kind: "partial", rejected: [{ id: "a", reason: "b" }, null, undefined, { id: 5 }, "c"], maybeDelivered: [1] },
      { kind: "partial", maybeDelivered: [1], rejected: [{ id: "a", reason: "b" }] },
    ],
    [
      "busy",
      { kind: "busy", reason: 5, retryAfterMs: 7, delivered: [0], maybeDelivered: [2] },
      { kind: "busy", maybeDelivered: [2], reason: "5", delivered: [0], retryAfterMs: 7 },
    ],
    [
      "busy, with a wait and positions that are none",
      { kind: "busy", retryAfterMs: Number.NaN, delivered: "all", maybeDelivered: "yes" },
      { kind: "busy", maybeDelivered: false, reason: "undefined", delivered: [] },
    ],
    ["poison", { kind: "poison", reason: "a\tb" }, { kind: "poison", maybeDelivered: false, reason: "a b" }],
    [
      "misconfigured",
      { kind: "misconfigured", reason: "no key", maybeDelivered: true },
      { kind: "misconfigured", maybeDelivered: true, reason: "no key" },
    ],
  ])("%s", async (_what, given, taken) => {
    expect(await answerOf(given)).toEqual(taken);
  });

  test.each<[outcome: unknown, what: string]>([
    [undefined, "undefined"],
    [null, "null"],
    ["delivered", "string"],
    [{ kind: "done" }, "object"],
    [{ kind: "partial", rejected: "all" }, "object"],
  ])("%j is none, and the batch may have arrived", async (outcome, what) => {
    const reason = expect.stringContaining(` ${what}`);
    expect(await answerOf(outcome)).toEqual({ kind: "busy", reason, maybeDelivered: true });
  });
});

test("it is given the snapshots of the records, and the attempt", async () => {
  const seen: unknown[] = [];
  const exporter: SpanExporter = {
    name: "theirs",
    export: async (...given) => {
      seen.push(given);
      return { kind: "delivered" };
    },
  };
  const record = plainRecord();
  await exportChecked(exporter, [record], ATTEMPT);
  expect(seen).toEqual([[[record.toSnapshot()], ATTEMPT]]);
  const aborted = { signal: AbortSignal.abort(new Error("given up")), attempt: 1 };
  await expect(exportChecked(exporter, [], aborted)).rejects.toThrow("given up");
  expect(seen).toHaveLength(1);
});
