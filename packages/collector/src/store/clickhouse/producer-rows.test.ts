import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReceivedReport } from "../producer-store.ts";
import { emptyRow, joinRows, type ProducerRow, withReport } from "./producer-rows.ts";

const ID = "a".repeat(32);

const anyReport: fc.Arbitrary<ReceivedReport> = fc
  .record({ batch: fc.nat(5), first: fc.nat(20), length: fc.nat(5), final: fc.boolean(), at: fc.nat(1000) })
  .map(({ batch, first, length, final, at }) => ({
    report: { id: ID, batch, lastSeq: first + length, heartbeatMs: 1000, openSpans: 1 },
    firstSeq: first,
    final,
    receivedAtMs: at,
    service: null,
  }));

/** Rows as they are when each report went to one of these collectors. */
function rowsOf(reports: readonly ReceivedReport[], collectorOf: (index: number) => number): ProducerRow[] {
  const rows = new Map<number, ProducerRow>();
  for (const [index, report] of reports.entries()) {
    const collector = collectorOf(index);
    rows.set(collector, withReport(rows.get(collector) ?? emptyRow(ID, String(collector)), report));
  }
  return [...rows.values()];
}

describe("what several collectors know of a producer", () => {
  test("is a sum: which of them heard what decides nothing of reports and missing records, nor does their order", () => {
    fc.assert(
      fc.property(
        fc.array(anyReport, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat(2)),
        (reports, draw) => {
          const spread = rowsOf(reports, () => draw.next().value as number);
          const joined = joinRows(spread)!;
          const alone = joinRows(rowsOf(reports, () => 0))!;
          expect(joined.reports).toBe(alone.reports);
          expect(joined.producer.missingRecords).toBe(alone.producer.missingRecords);
          expect(joinRows([...spread].reverse())).toEqual(joined);
        },
      ),
    );
  });

  test("of two reports of the same moment the one with more records counts, whichever row is read first", () => {
    const rows = [1, 0].map((lastSeq, collector) => {
      const { report, ...received } = reportAt(4, 799);
      return withReport(emptyRow(ID, String(collector)), { ...received, report: { ...report, lastSeq } });
    });
    for (const order of [rows, [...rows].reverse()]) expect(joinRows(order)?.report.lastSeq).toBe(1);
  });

  test("silence that one of them noticed stands until any of them hears of it again", () => {
    const [told, heard] = [rowsOf([reportAt(1, 1)], () => 0)[0]!, emptyRow(ID, "1")];
    const silent = { ...told, told_state: "lost", told_news: 1, told_at: 5 };
    expect(joinRows([silent, heard])?.state).toBe("lost");
    expect(joinRows([silent, withReport(heard, reportAt(1, 2))])?.state).toBe("running");
  });

  test("nothing is known of one that never reported", () => {
    expect(joinRows([emptyRow(ID, "0")])).toBeUndefined();
  });
});

function reportAt(batch: number, receivedAtMs: number): ReceivedReport {
  return { report: { id: ID, batch, lastSeq: 0 }, final: false, receivedAtMs, service: null };
}
