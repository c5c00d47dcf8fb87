import { describe, expect, test } from "vitest";
import { NO_DOUBT } from "../format/doubt.ts";
import { LaneTable } from "../format/lane-table.ts";
import { type SeqRange, SeqSet } from "../format/seq-set.ts";
import { type LaneReport, type ReportInput, reportLanes } from "./orphan-report.ts";

const range = (first: number, last = first): SeqRange => ({ first, last });
const seqs = (...ranges: SeqRange[]) => SeqSet.of(ranges);

interface Case {
  readonly firstSeq?: number;
  readonly captured?: number | undefined;
  readonly seen?: SeqSet;
  readonly settled?: SeqSet;
  readonly pending: number;
  readonly recovered: number;
  readonly doubt?: ReportInput["doubtOf"] extends (lane: string) => infer Doubt ? Doubt : never;
}

function reportOf({ firstSeq = 1, seen = seqs(), settled = seqs(), doubt = NO_DOUBT, ...given }: Case): LaneReport {
  const [report] = reportLanes({
    firstSeq,
    captured: given.captured,
    seen,
    lanes: new LaneTable(["a"], [settled]),
    pendingOf: () => given.pending,
    recoveredOf: () => given.recovered,
    doubtOf: () => doubt,
  });
  return report!;
}

describe("what a dead process's lane lost:", () => {
  test.each<[what: string, given: Case, corrupt: number, crash: number, maybeDelivered: number, lost: SeqRange[]]>([
    ["nothing", { captured: 3, seen: seqs(range(1, 3)), pending: 3, recovered: 3 }, 0, 0, 0, []],
    ["nothing, of nothing", { captured: 0, pending: 0, recovered: 0 }, 0, 0, 0, []],
    ["a gap", { captured: 5, seen: seqs(range(1, 2), range(4, 5)), pending: 5, recovered: 4 }, 1, 0, 0, [range(3)]],
    [
      "what comes after the last",
      { captured: 5, seen: seqs(range(1, 2)), pending: 5, recovered: 2 },
      0,
      3,
      0,
      [range(3, 5)],
    ],
    ["both", { captured: 6, seen: seqs(range(2, 3)), pending: 6, recovered: 2 }, 1, 3, 0, [range(1), range(4, 6)]],
    ["all", { firstSeq: 4, captured: 6, pending: 3, recovered: 0 }, 0, 3, 0, [range(4, 6)]],
    [
      "a gap of what was settled is none",
      { captured: 5, seen: seqs(range(1, 2), range(5)), settled: seqs(range(3, 4)), pending: 3, recovered: 3 },
      0,
      0,
      0,
      [],
    ],
    [
      "a gap where nothing is pending by the account",
      { captured: 3, seen: seqs(range(1), range(3)), pending: 2, recovered: 2 },
      0,
      0,
      0,
      [range(2)],
    ],
    [
      "more by the account than the numbers show",
      { captured: 3, seen: seqs(range(1, 3)), pending: 5, recovered: 3 },
      0,
      2,
      0,
      [],
    ],
    [
      "gaps, without a ledger",
      { seen: seqs(range(2), range(5)), pending: 0, recovered: 2 },
      3,
      0,
      0,
      [range(1), range(3, 4)],
    ],
    [
      "gaps, with a ledger older than the last record",
      { captured: 4, seen: seqs(range(2), range(5)), pending: 1, recovered: 2 },
      3,
      0,
      0,
      [range(1), range(3, 4)],
    ],
    [
      "gaps, with a ledger as old as the last record",
      { captured: 5, seen: seqs(range(2), range(5)), pending: 3, recovered: 2 },
      1,
      0,
      0,
      [range(1), range(3, 4)],
    ],
    [
      "of which some may have been delivered",
      {
        captured: 6,
        seen: seqs(range(2)),
        pending: 6,
        recovered: 1,
        doubt: { seqs: seqs(range(1, 4)), unnumbered: 1 },
      },
      1,
      4,
      4,
      [range(1), range(3, 6)],
    ],
    [
      "of which more may have been delivered than were lost",
      {
        captured: 2,
        seen: seqs(range(1)),
        pending: 2,
        recovered: 1,
        doubt: { seqs: seqs(range(1, 2)), unnumbered: 9 },
      },
      0,
      1,
      1,
      [range(2)],
    ],
  ])("%s", (_what, given, corrupt, crash, maybeDelivered, lost) => {
    expect(reportOf(given)).toEqual({ lane: "a", recovered: given.recovered, corrupt, crash, maybeDelivered, lost });
  });

  test("each lane has its own account", () => {
    const reports = reportLanes({
      firstSeq: 1,
      captured: 2,
      seen: seqs(range(1)),
      lanes: new LaneTable(["a", "b"], [seqs(), seqs(range(2))]),
      pendingOf: (lane) => (lane === "a" ? 2 : 1),
      recoveredOf: () => 1,
      doubtOf: () => NO_DOUBT,
    });
    expect(reports.map(({ lane, crash, lost }) => [lane, crash, lost])).toEqual([
      ["a", 1, [range(2)]],
      ["b", 0, []],
    ]);
  });
});
