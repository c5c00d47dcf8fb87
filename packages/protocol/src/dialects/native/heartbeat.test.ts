import { describe, expect, test } from "vitest";
import { decodeHeartbeat, encodeHeartbeat } from "./heartbeat.ts";
import { NATIVE_FORMAT } from "./native.ts";
import type { ProducerReport } from "./producer-report.ts";

const producer: ProducerReport = {
  id: "9f86d081884c7d659a2feaa0c55ad015",
  batch: 7,
  lastSeq: 131,
  startedAt: "2026-01-31T12:00:00.000000Z",
  pid: 4711,
  host: "worker-3",
  heartbeatMs: 10_000,
  openSpans: 3,
  ledger: {
    created: 150,
    recovered: 2,
    delivered: 131,
    coalesced: 4,
    pending: 5,
    maybeDelivered: 0,
    dropped: { queue_full: 12 },
    inherited: { dropped: 9, maybeDelivered: 2 },
  },
};

const decoded = (change: Record<string, unknown>) =>
  decodeHeartbeat({ format: NATIVE_FORMAT, producer: { ...producer, ...change } });

test.each([true, false])("a heartbeat comes back as it was sent (final: %s)", (final) => {
  expect(decodeHeartbeat(JSON.parse(encodeHeartbeat({ producer, final })))).toEqual({
    ok: true,
    heartbeat: { producer, final },
  });
});

test("fields that are not known are left out, those that may be absent may be", () => {
  const least = { id: producer.id, batch: 0, lastSeq: 0 };
  expect(decodeHeartbeat({ format: NATIVE_FORMAT, producer: { ...least, extra: 1, host: null } })).toEqual({
    ok: true,
    heartbeat: { producer: least, final: false },
  });
});

test("a reason without losses is left out, a ledger without fields is an account of nothing", () => {
  expect(decoded({ ledger: { dropped: { queue_full: 0 } } })).toMatchObject({
    heartbeat: { producer: { ledger: { created: 0, dropped: {} } } },
  });
});

test("of killed processes before it a ledger says only what they lost", () => {
  const ledgerOf = (inherited: unknown) => {
    const read = decoded({ ledger: { inherited } });
    return read.ok ? read.heartbeat.producer.ledger : read;
  };
  expect(ledgerOf({ dropped: 0, maybeDelivered: 0 })).not.toHaveProperty("inherited");
  expect(ledgerOf(null)).not.toHaveProperty("inherited");
  expect(ledgerOf({ dropped: 3, other: 1 })).toMatchObject({ inherited: { dropped: 3, maybeDelivered: 0 } });
});

test("a host's name is cut to what one may have", () => {
  expect(decoded({ host: "h".repeat(5000) })).toMatchObject({
    heartbeat: { producer: { host: "h".repeat(255) } },
  });
});

describe("what is no heartbeat is refused with the field that is wrong", () => {
  const manyReasons = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`reason_${"x".repeat(i)}`, 1]));
  test.each([
    [{ id: "9F86D081884C7D659A2FEAA0C55AD015" }, "producer.id"],
    [{ id: 7 }, "producer.id"],
    [{ batch: -1 }, "producer.batch"],
    [{ batch: undefined }, "producer.batch"],
    [{ lastSeq: 1.5 }, "producer.lastSeq"],
    [{ lastSeq: 2 ** 53 }, "producer.lastSeq"],
    [{ pid: "1" }, "producer.pid"],
    [{ host: {} }, "producer.host"],
    [{ startedAt: "yesterday" }, "producer.startedAt"],
    [{ heartbeatMs: 86_400_001 }, "producer.heartbeatMs"],
    [{ openSpans: Number.NaN }, "producer.openSpans"],
    [{ ledger: [] }, "producer.ledger"],
    [{ ledger: { created: "1" } }, "producer.ledger.created"],
    [{ ledger: { dropped: { queue_full: -1 } } }, "producer.ledger.dropped.queue_full"],
    [{ ledger: { dropped: { "<script>": 1 } } }, "producer.ledger.dropped"],
    [{ ledger: { dropped: JSON.parse('{"__proto__":1}') as object } }, "producer.ledger.dropped"],
    [{ ledger: { dropped: manyReasons } }, "producer.ledger.dropped"],
    [{ ledger: { inherited: 9 } }, "producer.ledger.inherited"],
    [{ ledger: { inherited: { dropped: -1 } } }, "producer.ledger.inherited.dropped"],
    [{ ledger: { inherited: { maybeDelivered: "1" } } }, "producer.ledger.inherited.maybeDelivered"],
  ])("%j", (change, field) => {
    expect(decoded(change)).toMatchObject({ ok: false, status: 422, message: expect.stringContaining(field) });
  });

  test.each([null, [], 1, {}, { format: "everspan/2", producer }, { format: NATIVE_FORMAT, producer, final: 1 }])(
    "the body %j",
    (body) => {
      expect(decodeHeartbeat(body)).toMatchObject({ ok: false, status: 422 });
    },
  );
});

test("as many reasons as there may be are taken, one more is not, and one bad name is enough", () => {
  const reasons = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${"x".repeat(i)}`, i]));
  const droppedOf = (dropped: unknown) => {
    const read = decoded({ ledger: { dropped } });
    return read.ok ? read.heartbeat.producer.ledger?.dropped : read.status;
  };
  expect(Object.keys(droppedOf(reasons(32)) as object)).toHaveLength(31);
  expect(droppedOf(reasons(33))).toBe(422);
  expect(droppedOf({ queue_full: 1, "<b>": 1 })).toBe(422);
  expect([droppedOf(null), droppedOf(undefined)]).toEqual([{}, {}]);
});

test("what is null is absent, and the longest interval is one", () => {
  const read = decoded({ pid: null, openSpans: null, ledger: null, heartbeatMs: 86_400_000 });
  expect(read).toMatchObject({ heartbeat: { producer: { heartbeatMs: 86_400_000 } } });
  for (const field of ["pid", "openSpans", "ledger"]) expect(read).not.toHaveProperty(["heartbeat", "producer", field]);
});
