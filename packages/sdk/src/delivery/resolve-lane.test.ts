import { RecordingExporter } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { DeliveryOptions } from "../contract/lane-options.ts";
import { laneOptions, requireAtMost, resolveDelivery } from "./resolve-lane.ts";

const BATCH = { maxRecords: 200, maxBytes: 4_000_000, lingerMs: 250 };
const TIMES = { attemptTimeoutMs: 10_000, deliveryTimeoutMs: 120_000 };
const DELIVERY: DeliveryOptions = { concurrency: 3, maxConcurrency: 16, ...TIMES };

function exporterWith(own: object) {
  return Object.assign(new RecordingExporter("mine"), own);
}

describe("requests at the same time", () => {
  type Numbers = readonly [usual: number, most?: number];

  test.each<[what: string, defaults: Numbers, given: Partial<DeliveryOptions> | undefined, becomes: Numbers]>([
    ["are the tracer's where the exporter says nothing", [3, 16], undefined, [3, 16]],
    ["are the tracer's where the exporter says nothing of them", [3, 16], { attemptTimeoutMs: 10_000 }, [3, 16]],
    ["are never more than the usual number where no most is known", [3], undefined, [3, 3]],
    ["that the exporter names are its most as well", [3, 16], { concurrency: 5 }, [5, 5]],
    ["that the exporter names may be fewer", [3, 16], { concurrency: 1 }, [1, 1]],
    ["may be named with their most", [3, 16], { concurrency: 2, maxConcurrency: 9 }, [2, 9]],
    ["are lowered by a most below them", [3, 16], { maxConcurrency: 2 }, [2, 2]],
    ["stay what they are below a higher most", [3, 16], { maxConcurrency: 20 }, [3, 20]],
    ["are lowered by the tracer's own most", [8, 4], undefined, [4, 4]],
  ])("%s", (_what, [concurrency, maxConcurrency], given, [usual, most]) => {
    expect(resolveDelivery("x", { ...TIMES, concurrency, maxConcurrency }, given)).toEqual({
      ...TIMES,
      concurrency: usual,
      maxConcurrency: most,
    });
  });

  test.each<[what: string, given: Partial<DeliveryOptions>, message: string]>([
    [
      "more than their most",
      { concurrency: 4, maxConcurrency: 2 },
      "x.concurrency: expected at most maxConcurrency (2), got 4",
    ],
    ["half a request", { concurrency: 1.5 }, "x.concurrency: expected a whole number, got 1.5"],
    ["no number", { concurrency: "3" as never }, 'x.concurrency: expected a finite number of at least 1, got "3"'],
  ])("are refused as %s", (_what, given, message) => {
    expect(() => resolveDelivery("x", DELIVERY, given)).toThrow(
      expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION", message }),
    );
  });

  test("may be as many as their most", () => {
    const given = { concurrency: 2, maxConcurrency: 2 };
    expect(resolveDelivery("x", DELIVERY, given)).toEqual({ ...TIMES, ...given });
  });
});

test("one option is at most the other, and as large if need be", () => {
  const check = (attemptTimeoutMs: number) =>
    requireAtMost(
      "x",
      { ...DELIVERY, attemptTimeoutMs, deliveryTimeoutMs: 5 },
      "attemptTimeoutMs",
      "deliveryTimeoutMs",
    );
  check(4);
  check(5);
  expect(() => check(6)).toThrow("x.attemptTimeoutMs: expected at most deliveryTimeoutMs (5), got 6");
});

describe("a lane's options", () => {
  test("are the tracer's, with no redaction of its own, where the exporter says nothing", () => {
    expect(laneOptions(exporterWith({}), BATCH, DELIVERY)).toEqual({
      batch: BATCH,
      delivery: DELIVERY,
      redaction: undefined,
    });
  });

  test("are the exporter's own over these", () => {
    const own = { batch: { maxRecords: 1_000 }, delivery: { deliveryTimeoutMs: 7 }, redaction: { keys: ["ssn"] } };
    expect(laneOptions(exporterWith(own), BATCH, DELIVERY)).toEqual({
      batch: { ...BATCH, maxRecords: 1_000 },
      delivery: { ...DELIVERY, deliveryTimeoutMs: 7 },
      redaction: { credentials: true, keys: ["ssn"], patterns: [], withhold: [] },
    });
  });

  test.each<[own: object, message: string]>([
    [{ batch: { maxRecords: 0 } }, 'exporter "mine" batch.maxRecords: expected a finite number of at least 1, got 0'],
    [{ delivery: { concurrency: 0 } }, 'exporter "mine" delivery.concurrency: expected a finite number'],
    [{ redaction: { credentials: 1 } }, 'exporter "mine" redaction.credentials: expected a boolean, got 1'],
  ])("%j of an exporter is refused by its name", (own, message) => {
    expect(() => laneOptions(exporterWith(own), BATCH, DELIVERY)).toThrow(message);
  });
});
