/** What the lean build puts in the place of other files can stand there. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect, expectTypeOf, test, vi } from "vitest";
import * as browser from "../browser.ts";
import { Capturer, toJson } from "../capture/index.ts";
import { systemClock } from "../contract/clock.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { Pipeline as UsualPipeline } from "../delivery/pipeline.ts";
import type { RecordMemory as UsualMemory } from "../delivery/record/record-memory.ts";
import { type Body, bodyOf } from "../encoding/body.ts";
import { exportChecked as usualExportChecked } from "../exporters/backend/foreign-exporter.ts";
import { ATTEMPT } from "../exporters/testing/snapshots.ts";
import * as index from "../index.ts";
import type { pipelineObserver as usualPipelineObserver } from "../observability/observer.ts";
import type { PayloadCapturer } from "../overhead/measured-capturer.ts";
import { compressing } from "./compression.ts";
import { exportChecked } from "./foreign-exporter.ts";
import { payloadCapturer } from "./measured-capturer.ts";
import type { pipelineObserver } from "./observer.ts";
import { resolveOverheadBudget } from "./overhead-budget.ts";
import type { Pipeline } from "./pipeline.ts";
import { createHash as ownCreateHash } from "./platform/node-crypto.ts";
import { ownTypes } from "./platform/node-util.ts";
import { sha256Hex } from "./platform/sha256.ts";
import type { RecordMemory } from "./record-memory.ts";
import { resolveSpool } from "./spool-config.ts";
import { Tracer } from "./tracer.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

test("classes have the public members of those that they replace", () => {
  expectTypeOf<Pipeline>().toExtend<Pick<UsualPipeline, keyof UsualPipeline>>();
  expectTypeOf<ReturnType<typeof payloadCapturer>>().toExtend<PayloadCapturer>();
  expectTypeOf<RecordMemory>().toExtend<Omit<UsualMemory, "bytes" | "revise">>();
  expectTypeOf<ReturnType<typeof pipelineObserver>>().toExtend<ReturnType<typeof usualPipelineObserver>>();
});

test("SHA-256 is the platform's", () => {
  const texts = Array.from({ length: 200 }, (_, length) => "aé€😀".repeat(80).slice(0, length));
  for (const text of [...texts, "x".repeat(10_000)]) {
    const expected = createHash("sha256").update(text).digest("hex");
    expect(sha256Hex(text)).toBe(expected);
    expect(ownCreateHash("sha256").update(text).digest("hex")).toBe(expected);
  }
});

test("values are told apart as the platform tells them, but for proxies", () => {
  const values = [
    ...[new Date(), new Map(), new Set(), /x/, Promise.resolve(), new WeakMap(), new WeakSet(), new Error("x")],
    ...[Object("x"), Object(1), Object(true), Object(1n), Object(Symbol("x")), new ArrayBuffer(1)],
    ...[(function* () {})(), (async function* () {})(), {}, [], () => 1, null, undefined, "x", 1],
  ];
  for (const [name, own] of Object.entries(ownTypes)) {
    const theirs = types[name as keyof typeof types] as (value: unknown) => boolean;
    for (const [at, value] of values.entries()) expect(own(value), `${name} of value ${at}`).toBe(theirs(value));
  }
  expect(ownTypes.isProxy()).toBe(false);
});

test("each `types.is…` that the sources ask has an answer", () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) =>
    /^(?!edge).*(?<!test)[.]ts$/.test(file),
  );
  const asked = new Set<string>();
  for (const file of files) {
    for (const [, name] of readFileSync(`${ROOT}${file}`, "utf8").matchAll(/\btypes\.(is\w+)\(/g)) asked.add(name!);
  }
  expect([...asked].filter((name) => !(name in ownTypes))).toEqual([]);
  expect(asked.size).toBeGreaterThan(10);
});

test("`Buffer` does as much as is used of it", async () => {
  vi.stubGlobal("Buffer", undefined);
  vi.resetModules();
  const { Buffer: own } = await import("./platform/buffer.ts");
  vi.unstubAllGlobals();
  const text = "é€😀 plain";
  expect([...own.from(text)]).toEqual([...Buffer.from(text)]);
  expect(own.from(text).toString()).toBe(text);
  expect(own.from("user:pässword").toString("base64")).toBe(Buffer.from("user:pässword").toString("base64"));
  expect(own.from("dXNlcjpw", "base64").toString()).toBe("user:p");
  expect(own.from("*", "base64").toString()).toBe("");
  expect(own.byteLength(text)).toBe(Buffer.byteLength(text));
  expect([...own.concat([own.from("a"), new Uint8Array([98])])]).toEqual([97, 98]);
  const chunk = own.allocUnsafeSlow(8);
  expect(chunk.write("€x", 1)).toBe(4);
  expect([...chunk.subarray(1, 5)]).toEqual([...Buffer.from("€x")]);
  expect([own.isBuffer(chunk), own.isBuffer(new Uint8Array(1))]).toEqual([true, false]);
});

test("what a foreign exporter answers is understood alike", async () => {
  const answers = [
    ...[{ kind: "delivered" }, { kind: "tooLarge" }, { kind: "tooLarge", reason: "413", maybeDelivered: [0] }],
    ...[{ kind: "partial" }, { kind: "partial", rejected: [{ id: "a", reason: "no" }, { id: 1 }, null] }],
    ...[{ kind: "busy" }, { kind: "busy", reason: "503\n", retryAfterMs: 5, delivered: [1], maybeDelivered: true }],
    ...[
      { kind: "busy", retryAfterMs: "soon", delivered: "all" },
      { kind: "poison", reason: "422" },
      { kind: "misconfigured" },
    ],
    ...[{ kind: "nonsense" }, {}, null, undefined, "delivered", 7],
  ];
  for (const answer of answers) {
    const exporter = { name: "foreign", export: async () => answer as ExportOutcome };
    const usual = await usualExportChecked(exporter, [], ATTEMPT);
    expect(await exportChecked(exporter, [], ATTEMPT), JSON.stringify(answer)).toMatchObject(usual);
  }
  const failing = { name: "foreign", export: () => Promise.reject(new Error("mine")) };
  await expect(exportChecked(failing, [], ATTEMPT)).rejects.toThrow("mine");
  await expect(exportChecked(failing, [], { ...ATTEMPT, signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

test("what is asked to be compressed is gzip", async () => {
  const send = async (body: Body, headers: Record<string, string> = {}) => ({ body, headers });
  const plain = bodyOf(Buffer.from("some "), Buffer.from("words"));
  expect(await compressing("none")(plain, send)).toEqual({ body: plain, headers: {} });
  const { body: packed, headers } = await compressing("zstd")(plain, send);
  expect(headers).toEqual({ "content-encoding": "gzip" });
  expect(gunzipSync(packed.pieces[0]!).toString()).toBe("some words");
  expect(packed.bytes).toBe(packed.pieces[0]!.length);
});

test("a spool is refused with a reason", () => {
  expect(resolveSpool).toThrow(/^spool: expected a runtime with files, got .* use "everspan" on Node[.]js/);
});

test("where there are no random numbers nothing is recorded, and nothing throws", () => {
  const tracer = new Tracer();
  const refusing = vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(() => {
    throw new Error("not outside of a request");
  });
  // What is left of the pool of random bytes may still serve some ids.
  const spans = Array.from({ length: 600 }, () => tracer.startTrace().startSpan("early"));
  expect(spans.at(-1)!.isRecording).toBe(false);
  expect(tracer.trace("task-1").startSpan("early").isRecording).toBe(false);
  expect(tracer.span("early", () => 7)).toBe(7);
  refusing.mockRestore();
  expect(tracer.startTrace().startSpan("now").isRecording).toBe(true);
});

test("nothing is measured, and a budget that could not be kept is an unknown option", () => {
  const capturer: PayloadCapturer = payloadCapturer({ clock: systemClock });
  expect(capturer).toBeInstanceOf(Capturer);
  expect([capturer.recorded, capturer.overhead]).toEqual([undefined, undefined]);
  expect(toJson(capturer.capture({ text: "x".repeat(5_000) })!)).toEqual({ text: "x".repeat(5_000) });
  expect(resolveOverheadBudget()).toEqual({});
});

test("a browser's bundle has each name, and refuses with a reason", () => {
  expect(Object.keys(browser).toSorted()).toEqual(Object.keys(index).toSorted());
  expect(() => new (browser.Tracer as unknown as typeof Tracer)()).toThrowError(/expected a server's runtime/);
});
