/** The traces that the fixture server shows: an ordinary list, and the hard cases by name. */
import {
  formatTimestamp,
  type ProducerState,
  type ProducerSummary,
  type SpanType,
  type StoredSpan,
  type TraceSummary,
} from "@everspan/protocol";
import { instantMs } from "../model/text/instant.ts";
import { agentRun, otherAgentRun } from "./agent-run.ts";
import { DRAWN_START_MS, drawTrace, spanAt } from "./draw-trace.ts";
import { summarize } from "./summarize.ts";

export interface FixtureTrace {
  readonly summary: TraceSummary;
  readonly spans: readonly StoredSpan[];
  readonly producers?: readonly ProducerSummary[];
}

const SERVICES = ["coding-agent", "support-agent", "research-agent"];
const NAMES = [
  "fix-csv-parser",
  "answer ticket #48213: refund did not arrive",
  "compare vector stores for the quarterly report",
  "triage flaky test in checkout",
  "summarise the board meeting",
];
const USERS = ["ada@example.test", "grace@example.test", "edsger@example.test"];

const ASKED = [
  "The parser drops the last row of a CSV file that has no line break at its end.",
  "Ticket 48213: my refund did not arrive although you said it would be here on Tuesday",
  "Compare vector stores for the quarterly report: latency, cost, operations",
  "The checkout test fails one time in twenty. Find out why.",
  "Summarise the board meeting in five sentences",
];
const ANSWERED = [
  "The row is flushed after the loop now; the suite is green (188 tests).",
  "Refunded $20 to the card ending in 1234, and told the customer.",
  "Three candidates remain. The table below has the figures.",
  "A timer was left running between two tests; it is cleared now.",
];

/** @param nowMs the newest trace began a little before */
export function fixtureTraces(nowMs: number): FixtureTrace[] {
  const run = fixture("4bf92f3577b34da6a3ce929d0e0e4736", agentRun(), { service: "coding-agent" }, nowMs - 45_000);
  const traces = [
    fixture("a1running0000000000000000000000a1", runningRun(), { service: "support-agent" }, nowMs - 14_000),
    run,
    ...(["stalled", "lost", "ended"] as const).map((state, index) =>
      unfinished(state, nowMs - (60 + 90 * index) * 1000),
    ),
    interrupted(nowMs - 350_000),
    fixture("b2hostile0000000000000000000000b2", hostileRun(), { service: null }, nowMs - 400_000),
    fixture("c3odd00000000000000000000000000c3", oddTree(), { service: "importer" }, nowMs - 900_000),
    fixture(
      "d4deep0000000000000000000000000d4",
      deepTree(5000),
      { service: "importer", name: "5,000 levels deep" },
      nowMs - 1_500_000,
    ),
    fixture(
      "e5huge0000000000000000000000000e5",
      hugeTree(100_000),
      { service: "load-test", name: "100,000 spans" },
      nowMs - 3_000_000,
    ),
    fixture("f6large000000000000000000000000f6", largePayload(), { service: "load-test" }, nowMs - 3_200_000),
    fixture("g7single000000000000000000000000g7", oneSpan(), { service: "indexer" }, nowMs - 3_300_000),
    fixture("h8other00000000000000000000000000h8", otherAgentRun(), { service: "coding-agent" }, nowMs - 3_400_000),
    ...Array.from({ length: 140 }, (_, index) => likeRun(run, index, nowMs)),
  ];
  return traces.sort((a, b) => instantMs(b.summary.startTime) - instantMs(a.summary.startTime));
}

function fixture(traceId: string, spans: StoredSpan[], change: Partial<TraceSummary>, startMs: number): FixtureTrace {
  const moved = spans.map((span) => ({
    ...span,
    traceId,
    startTime: shifted(span.startTime, startMs),
    ...(span.endTime === undefined ? {} : { endTime: shifted(span.endTime, startMs) }),
  }));
  return { summary: { ...summarize(traceId, moved), ...change }, spans: moved };
}

function shifted(time: string, startMs: number): string {
  return formatTimestamp(Math.round((instantMs(time) - DRAWN_START_MS + startMs) * 1000));
}

/** A line of the list that varies without chance: a picture made twice is the same. */
function likeRun(run: FixtureTrace, index: number, nowMs: number): FixtureTrace {
  const factor = 0.2 + ((index * 37) % 29) / 8;
  const errorCount = index % 6 === 2 ? 1 + (index % 3) : 0;
  const traceId = (BigInt("0x9e3779b97f4a7c15f39cc0605cedc834") * BigInt(index + 1))
    .toString(16)
    .slice(-32)
    .padStart(32, "0");
  return {
    spans: run.spans,
    summary: {
      ...run.summary,
      traceId,
      name: NAMES[index % NAMES.length]!,
      service: SERVICES[index % SERVICES.length]!,
      startTime: formatTimestamp(Math.round((nowMs - 3_600_000 * (1 + index * 0.7)) * 1000)),
      durationMs: run.summary.durationMs! * factor,
      spanCount: Math.round(run.summary.spanCount * factor * 2) + 1,
      errorCount,
      failedSpanCount: errorCount * 2,
      asked: ASKED[index % ASKED.length]!,
      answered:
        errorCount > 0 && index % 2 === 0
          ? "CommandFailed: npm test ended with exit code 1"
          : ANSWERED[index % ANSWERED.length]!,
      session: index % 4 === 3 ? null : `conversation-${1000 + Math.floor(index / 5)}`,
      user: index % 4 === 3 ? null : USERS[Math.floor(index / 5) % USERS.length]!,
      droppedRecords: index % 13 === 4 ? 741 : 0,
      status: errorCount > 0 && index % 2 === 0 ? "ERROR" : index % 17 === 5 ? "CANCELED" : "OK",
      inputTokens: Math.round(run.summary.inputTokens * factor),
      outputTokens: Math.round(run.summary.outputTokens * factor),
      costUsd: run.summary.costUsd === null ? null : run.summary.costUsd * factor,
      models: index % 4 === 1 ? ["openai/gpt-5-mini", "anthropic/claude-sonnet-4-5"] : run.summary.models,
    },
  };
}

function runningRun(): StoredSpan[] {
  return drawTrace(`
    answer-ticket AGENT_WORKFLOW 0-
      classify    COMPLETION     20-900
      lookup      EXTERNAL_ENDPOINT 910-1500
      draft       COMPLETION     1510-
  `);
}

/** A run whose process is silent, gone, or ended too early; it had lost records, too. */
function unfinished(state: ProducerState, startMs: number): FixtureTrace {
  const open = { producerId: PRODUCER_ID, producerState: state };
  const spans = drawTrace(
    `
    answer-ticket AGENT_WORKFLOW 0-
      classify    COMPLETION     20-900
      lookup      EXTERNAL_ENDPOINT 910-
      draft       COMPLETION     1510-4200
  `,
    { "answer-ticket": open, lookup: open },
  );
  const drawn = fixture(`${state}00000000000000000000000000`, spans, { service: "support-agent" }, startMs);
  return { ...drawn, producers: [producerOf(state, startMs)] };
}

function interrupted(startMs: number): FixtureTrace {
  const error = { type: "Interrupted", message: "The process ended before the span did." };
  const spans = drawTrace(
    `
    answer-ticket AGENT_WORKFLOW 0-3000 ERROR
      classify    COMPLETION     20-900
      lookup      EXTERNAL_ENDPOINT 910-3000 ERROR
  `,
    { "answer-ticket": { error }, lookup: { error } },
  );
  const drawn = fixture("interrupted00000000000000000000000", spans, { service: "support-agent" }, startMs);
  return { ...drawn, producers: [producerOf("lost", startMs)] };
}

const PRODUCER_ID = "9f86d081884c7d659a2feaa0c55ad015";

function producerOf(state: ProducerState, startMs: number): ProducerSummary {
  const ledger = { created: 40, recovered: 0, delivered: 20, coalesced: 6, pending: 2, maybeDelivered: 0 };
  return {
    id: PRODUCER_ID,
    state,
    service: "support-agent",
    host: "worker-3",
    pid: 4711,
    startedAt: formatTimestamp(startMs * 1000),
    lastSeen: formatTimestamp((startMs + 5_000) * 1000),
    heartbeatMs: 10_000,
    openSpans: 2,
    ledger: { ...ledger, dropped: { queue_full: 12 } },
    missingRecords: 0,
  };
}

/** Everything a name or a text may not do to its reader. */
function hostileRun(): StoredSpan[] {
  const name = "invoice\u202Efdp.exe <img src=x onerror=alert(1)> \u0000\u200b end";
  return drawTrace(
    `
    hostile    AGENT_WORKFLOW 0-100
      click    COMPLETION     10-60
  `,
    {
      hostile: { name, input: { __proto__x: 1, "javascript:alert(1)": "javascript:alert(1)" } },
      click: {
        name: "<script>alert(1)</script>",
        input: [
          {
            role: "user",
            content: "See javascript:alert(1), data:text/html,x and https://example.test/a?b=1. \u202Eesrever",
          },
        ],
        output: "# not a heading\n\n<b>not bold</b> [not a link](javascript:alert(1))",
      },
    },
  );
}

function oddTree(): StoredSpan[] {
  const cycle = [
    { ...spanAt("cycle-a", 200, 300), parentId: "cycle-b" },
    { ...spanAt("cycle-b", 210, 290), parentId: "cycle-a" },
  ];
  const orphans = [{ ...spanAt("orphan", 50, 150), parentId: "never-arrived" }];
  return [...drawTrace("root AGENT_WORKFLOW 0-400\n  child COMPLETION 10-100"), ...orphans, ...cycle];
}

function deepTree(depth: number): StoredSpan[] {
  return Array.from({ length: depth }, (_, index) => ({
    ...spanAt(`level-${index}`, index, 2 * depth - index),
    ...(index === 0 ? {} : { parentId: `level-${index - 1}` }),
  }));
}

/** One span of 20 MB. */
function largePayload(): StoredSpan[] {
  const output = Array.from(
    { length: 300_000 },
    (_, line) => `${line}: a line of some seventy characters as a program would print`,
  ).join("\n");
  return drawTrace("run AGENT_WORKFLOW 0-100\n  cat CODE_EXECUTION 1-90\n  ask COMPLETION 91-99", {
    cat: { input: { command: "cat everything.log" }, output: { output, returncode: 0 } },
    ask: { input: [{ role: "user", content: output }], output: "Too much." },
  });
}

function oneSpan(): StoredSpan[] {
  return drawTrace("embed KB_RETRIEVAL 0-38", {
    embed: { name: "embed documents", input: { texts: ["a first document", "a second one"] }, output: { stored: 2 } },
  });
}

const TYPES: readonly SpanType[] = ["COMPLETION", "CODE_EXECUTION", "KB_RETRIEVAL", "GUARDRAIL"];

export function hugeTree(count: number): StoredSpan[] {
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return { ...spanAt("s0", 0, count * 10), type: "AGENT_WORKFLOW" as const };
    const parent = index % 50 === 1 ? 0 : index - ((index - 1) % 50);
    return {
      ...spanAt(`s${index}`, index * 10, index * 10 + (index % 50 === 1 ? 495 : 8)),
      parentId: `s${parent}`,
      type: index % 50 === 1 ? ("AGENT_TRACER" as const) : TYPES[index % TYPES.length]!,
      status: index % 997 === 0 ? ("ERROR" as const) : ("OK" as const),
    };
  });
}
