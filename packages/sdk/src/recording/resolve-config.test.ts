/** What the options of a tracer become, one by one, and what is said of those that can't be used. */
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { systemClock } from "../contract/clock.ts";
import {
  DEFAULT_BATCH,
  DEFAULT_DELIVERY,
  DEFAULT_OPEN_SPANS,
  DEFAULT_REDACTION,
  DEFAULT_SPOOL_BYTES,
} from "../contract/defaults.ts";
import { MAX_LANES } from "../contract/lane-options.ts";
import { HEAP_LIMIT_BYTES } from "../overhead/heap-limit.ts";
import { resolveConfig } from "./config.ts";
import type { TracerOptions } from "./tracer-options.ts";

const DIRECTORY = "/var/spool";
const sampler = { begin: () => undefined };
const exporters = (count: number) => Array.from({ length: count }, (_, i) => new RecordingExporter(`${i}`));

test("without options everything has its default", () => {
  const defaults = {
    service: undefined,
    exporters: [],
    processors: [],
    tailSampling: undefined,
    redaction: DEFAULT_REDACTION,
    queue: { maxRecords: 50_000, maxBytes: HEAP_LIMIT_BYTES / 8 },
    batch: DEFAULT_BATCH,
    delivery: { ...DEFAULT_DELIVERY },
    spool: undefined,
    openSpans: DEFAULT_OPEN_SPANS,
    overheadBudget: undefined,
    logger: console,
    disabled: false,
    clock: systemClock,
  };
  expect(resolveConfig()).toMatchObject(defaults);
  const none = Object.fromEntries(Object.keys(defaults).map((name) => [name, undefined]));
  expect(resolveConfig(none)).toEqual(resolveConfig());
});

test.each<[string, TracerOptions, object]>([
  [
    "a service",
    { service: { name: "app", version: undefined } as never },
    { service: { name: "app", version: undefined } },
  ],
  ["a sampler", { tailSampling: sampler as never }, { tailSampling: sampler }],
  ["a queue", { queue: { maxRecords: 7 } }, { queue: { maxRecords: 7, maxBytes: HEAP_LIMIT_BYTES / 8 } }],
  ["a batch", { batch: { lingerMs: 0 } }, { batch: { ...DEFAULT_BATCH, lingerMs: 0 } }],
  ["open spans", { openSpans: { maxCount: 5 } }, { openSpans: { ...DEFAULT_OPEN_SPANS, maxCount: 5 } }],
  ["being disabled", { disabled: true }, { disabled: true }],
  [
    "a spool",
    { spool: { directory: DIRECTORY } },
    { spool: { directory: DIRECTORY, durability: "process", maxBytes: DEFAULT_SPOOL_BYTES } },
  ],
  [
    "a spool for power cuts",
    { spool: { directory: DIRECTORY, durability: "power", maxBytes: 9_000 } },
    { spool: { directory: DIRECTORY, durability: "power", maxBytes: 9_000 } },
  ],
  [
    "an attempt that may take as long as the delivery",
    { delivery: { attemptTimeoutMs: 50, deliveryTimeoutMs: 50 } },
    { delivery: { ...DEFAULT_DELIVERY, attemptTimeoutMs: 50, deliveryTimeoutMs: 50 } },
  ],
])("of %s nothing is lost", (_, options, expected) => {
  expect(resolveConfig(options)).toMatchObject(expected);
});

test("as many exporters as there are lanes can be used", () => {
  expect(resolveConfig({ exporters: exporters(MAX_LANES) }).exporters).toHaveLength(MAX_LANES);
});

test("a service is a copy that nobody changes", () => {
  const service = { name: "app" };
  const resolved = resolveConfig({ service }).service!;
  service.name = "other";
  expect(resolved).toEqual({ name: "app" });
  expect(Object.isFrozen(resolved)).toBe(true);
});

describe("what can't be used is refused with what was expected and what came", () => {
  const exporting = { export: async () => ({ kind: "delivered" }) };
  test.each<[string, unknown, string]>([
    ["no list of exporters", { exporters: {} }, "exporters: expected an array, got an object"],
    [
      "too many exporters",
      { exporters: exporters(MAX_LANES + 1) },
      `exporters: expected at most ${MAX_LANES}, got ${MAX_LANES + 1}`,
    ],
    ["no exporter", { exporters: [undefined] }, "exporters: expected objects with a name and an export method"],
    ["an exporter without a method", { exporters: [{ name: "a" }] }, "expected objects with a name and an export"],
    ["an exporter without a name", { exporters: [exporting] }, "expected objects with a name and an export method"],
    ["an exporter of an empty name", { exporters: [{ ...exporting, name: "" }] }, "expected objects with a name and"],
    ["a processor for a list", { processors: () => null }, "processors: expected an array of functions"],
    ["one processor that is none", { processors: [() => null, 7] }, "processors: expected an array of functions"],
    ["a sampler that is none", { tailSampling: {} }, "tailSampling: expected what tailSampling() gives"],
    ["a sampler that is null", { tailSampling: null }, "tailSampling: expected what tailSampling() gives, got null"],
    ["a path for a spool", { spool: DIRECTORY }, 'spool: expected an object, got "/var/spool"'],
    ["a spool without a directory", { spool: {} }, "spool.directory: expected a path, got undefined"],
    ["a spool in no directory", { spool: { directory: "" } }, 'spool.directory: expected a path, got ""'],
    ["a directory that is none", { spool: { directory: 7 } }, "spool.directory: expected a path, got 7"],
    [
      "another durability",
      { spool: { directory: DIRECTORY, durability: "disk" } },
      'spool.durability: expected one of process, power, got "disk"',
    ],
    [
      "a spool without room",
      { spool: { directory: DIRECTORY, maxBytes: 0 } },
      "spool.maxBytes: expected a finite number of at least 1, got 0",
    ],
    [
      "an unknown option of the spool",
      { spool: { directory: DIRECTORY, path: "" } },
      'spool: unknown option "path"; known are directory, maxBytes, durability',
    ],
    ["a service that is a name", { service: "app" }, 'service: expected an object, got "app"'],
    [
      "an unknown field of the service",
      { service: { nam: "app" } },
      'service: unknown option "nam"; known are name, version, agentName, agentId, acpType',
    ],
    [
      "a field of the service that is no text",
      { service: { agentId: 7 } },
      "service.agentId: expected a string, got 7",
    ],
    ["a field of the service that is null", { service: { name: null } }, "service.name: expected a string, got null"],
    ["a logger that lacks a level", { logger: { ...new RecordingLogger(), error: 1 } }, 'expected a method "error"'],
    ["a logger that is null", { logger: 7 }, 'logger: expected a method "debug", found none'],
    [
      "an unknown option",
      { exporter: [] },
      'unknown option "exporter"; known are service, exporters, processors, tailSampling, redaction, queue, batch, delivery, spool, openSpans, overheadBudget, logger, disabled, clock',
    ],
    ["a list of options", [], "options: expected an object"],
  ])("%s", (_, options, message) => {
    expect(() => resolveConfig(options as TracerOptions)).toThrow(message);
    expect(() => resolveConfig(options as TracerOptions)).toThrow(
      expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" }),
    );
  });

  test("two exporters of one name, with a code of its own", () => {
    const twice = { exporters: [new RecordingExporter("a"), new RecordingExporter("a")] };
    expect(() => resolveConfig(twice)).toThrow(
      expect.objectContaining({
        code: "EVERSPAN_DUPLICATE_EXPORTER",
        message: 'exporters: expected unique names, got "a" twice',
      }),
    );
  });
});
