import type { ProducerSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { inheritedText, producerNotes } from "./producer-notes.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12, 2);
const ID = "9f86d081884c7d659a2feaa0c55ad015";
const NO_LOSSES = { created: 9, recovered: 0, delivered: 9, coalesced: 0, pending: 0, maybeDelivered: 0, dropped: {} };

function producer(fields: Partial<ProducerSummary> = {}): ProducerSummary {
  return {
    id: ID,
    state: "running",
    service: null,
    host: null,
    pid: null,
    startedAt: null,
    lastSeen: "2026-01-31T12:00:00.000000Z",
    heartbeatMs: 10_000,
    openSpans: 0,
    ledger: NO_LOSSES,
    missingRecords: 0,
    ...fields,
  };
}

const texts = (...producers: ProducerSummary[]) =>
  producerNotes(producers, new Set([ID]), NOW_MS).map(({ text }) => text);

test("of a process that runs, rests or sent its final report without losses nothing is said", () => {
  expect(
    texts(producer(), producer({ state: "idle" }), producer({ state: "ended" }), producer({ ledger: null })),
  ).toEqual([]);
});

test("a loss is said with its reason, several with their counts, the largest first", () => {
  expect(texts(producer({ ledger: { ...NO_LOSSES, dropped: { queue_full: 12 } } }))).toEqual([
    "This process dropped 12 records because the queue was full",
  ]);
  expect(texts(producer({ ledger: { ...NO_LOSSES, dropped: { oversize: 1, queue_full: 1200 } } }))).toEqual([
    "This process dropped 1,201 records: 1,200 because the queue was full, 1 larger than the back end takes",
  ]);
  expect(texts(producer({ ledger: { ...NO_LOSSES, dropped: { rejected: 1 } } }))).toEqual([
    "This process dropped 1 record that the back end refused",
  ]);
});

test("what killed processes before it lost is said apart from its own, and is no news to its runs", () => {
  const heir = producer({ ledger: { ...NO_LOSSES, inherited: { dropped: 1200, maybeDelivered: 0 } } });
  expect(inheritedText(heir)).toBe("1,200 lost by killed processes before it on the same spool");
  expect(inheritedText(producer({ ledger: { ...NO_LOSSES, inherited: { dropped: 9, maybeDelivered: 2 } } }))).toBe(
    "9 lost by killed processes before it on the same spool, of which 2 may have arrived",
  );
  expect(inheritedText(producer())).toBeUndefined();
  expect(inheritedText(producer({ ledger: null }))).toBeUndefined();
  expect(texts(heir)).toEqual([]);
});

test("silence is said with the process, since when, and what is open; after the losses", () => {
  const named = { service: "agent", pid: 7, host: "worker-3", openSpans: 2 };
  expect(
    texts(
      producer({ ...named, state: "stalled" }),
      producer({ state: "lost", ledger: { ...NO_LOSSES, dropped: { crash: 3 } } }),
    ),
  ).toEqual([
    "This process dropped 3 records in a crash",
    "The process of agent (pid 7 on worker-3) is stalled: last heard 2 min ago with 2 spans open",
    "This process is lost: last heard 2 min ago",
  ]);
});

test("a silent process of which no span is open in this trace is no news to it", () => {
  expect(producerNotes([producer({ state: "lost" })], new Set([undefined]), NOW_MS)).toEqual([]);
});

test("names that come from outside are shown as text on one line", () => {
  const [text] = texts(producer({ state: "lost", service: "a\nb\u202Ec", host: "<b>h</b>" }));
  expect(text).not.toMatch(/[\n\u202E]/);
  expect(text).toContain("<b>h</b>");
});
