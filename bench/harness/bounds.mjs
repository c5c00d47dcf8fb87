/** What is asked of Everspan, beside what was measured. */
import { columnOf, limitOf, markdownTable, rowsOf } from "./tables.mjs";

const MEGABYTES_A_MIB = 2 ** 20 / 1e6;
const OPEN_TELEMETRY = ["OpenTelemetry JS", "OpenTelemetry JS, tuned", "OpenTelemetry JS, protobuf, tuned"];
const FRAGMENTS = "limit: fragments + node:http";
const CONVERSATIONS = ["same", "rebuilt", "parsed"].map((objects) => `conversation, ${objects}`);

/**
 * `most`: what it may be; `read`: what it is, undefined while that was not measured; `figure`: what of a row it is read
 * from, so that the machine's own rows can stand beside.
 */
const BOUNDS = [
  ...smallSpans("small", 1.3, 0.5),
  ...smallSpans("small, Node 24", 1.3, 1),
  ...["small, steady", "small, steady, Node 24"].flatMap((section) => smallSpans(section, 1, 1)),
  ...["small", "small, Node 24", "small, steady", "small, steady, Node 24"].flatMap((section) => spooled(section, 1.3)),
  workload("small", "start+end p50, us", 2, "startEndP50", ({ own }) => own("startEndP50")),
  workload("small", "time : limit", 1.3, "deliveredMs", ({ own, limit }) => own("deliveredMs") / limit("deliveredMs")),
  workload(
    "small",
    "start+end p50 with the spool : without",
    1.5,
    "startEndP50",
    ({ own, of }) => of("Everspan, spool", "startEndP50") / own("startEndP50"),
  ),
  workload("burst", "CPU a span, us", 130, "cpuMicros", ({ own }) => own("cpuMicros")),
  workload("burst", "peak, MB", 220, "peakMiB", ({ own }) => own("peakMiB") * MEGABYTES_A_MIB),
  ...["burst", "burst, Node 24"].flatMap((section) => [
    workload(section, "late p99, ms, in the worst round", 25, "lateP99", ({ worst }) => worst("lateP99")),
    workload(section, "longest stop of the event loop, ms, in the worst round", 20, "loopMax", ({ worst }) =>
      worst("loopMax"),
    ),
    workload(
      section,
      "CPU : fragments limit",
      1.3,
      "cpuMicros",
      ({ own, of }) => own("cpuMicros") / of(FRAGMENTS, "cpuMicros"),
    ),
    workload(section, "start+end p50, us", 3, "startEndP50", ({ own }) => own("startEndP50")),
    workload(section, "start+end p99, us", 40, "startEndP99", ({ own }) => own("startEndP99")),
    workload(section, "lost", 0, "lost", ({ own }) => own("lost")),
    workload(section, "all there after, s", 2.4, "deliveredMs", ({ own }) => own("deliveredMs") / 1000),
    ...spooled(section, 1.25),
  ]),
  workload("burst-distinct", "came without the whole input", 0, "cut", ({ own }) => own("cut")),
  workload("burst-distinct", "lost", 0, "lost", ({ own }) => own("lost")),
  workload("burst-distinct", "peak : limit", 0.75, "peakMiB", ({ own, limit }) => own("peakMiB") / limit("peakMiB")),
  workload(
    "burst-distinct",
    "CPU : limit",
    1.3,
    "cpuMicros",
    ({ own, limit }) => own("cpuMicros") / limit("cpuMicros"),
  ),
  workload("burst-distinct", "late p99, ms, in the worst round", 50, "lateP99", ({ worst }) => worst("lateP99")),
  ...CONVERSATIONS.flatMap((section) => [
    workload(section, "CPU : limit", 1, "cpuMicros", ({ own, limit }) => own("cpuMicros") / limit("cpuMicros")),
    workload(section, "lost or cut", 0, "lost", ({ own }) => own("lost") + own("cut")),
  ]),
  workload(
    "recorded",
    "CPU beyond the workload's own : OpenTelemetry's",
    0.25,
    "cpuMicros",
    ({ beyond }) => beyond("Everspan") / beyond("OpenTelemetry JS"),
  ),
  workload(
    "recorded",
    "CPU beyond the workload's own : OpenTelemetry's cheapest form",
    0.25,
    "cpuMicros",
    ({ beyond }) => beyond("Everspan") / least(OPEN_TELEMETRY.map(beyond)),
  ),
  workload("recorded", "lost", 0, "lost", ({ own }) => own("lost")),
  growth("queue: exponent", 1.1, "queueBytes"),
  growth("spool: exponent", 1.1, "spoolBytes"),
  fault("outage", "lost in any form, with and without a spool", 0, ({ lost }) => lost),
  fault("outage", "all there after the recovery, s", 10, ({ recoveredMs }) => recoveredMs / 1000),
  fault("crash", "lost with a spool after the next start", 0, ({ moments }) =>
    most(moments.map(({ lostAfterStart = 0 }) => lostAfterStart)),
  ),
  fault("crash", "lost with a spool and not counted by the next start", 0, ({ moments }) =>
    most(moments.map(({ lostAfterStart = 0, lostByOwnAccount = 0 }) => lostAfterStart - lostByOwnAccount)),
  ),
  fault("an unchanged message", "any figure missed, on any Node", 0, isOff),
  fault("large answers", "any figure missed, on any Node", 0, isOff),
  fault("kill -9", "anything off", 0, isOff),
  fault("spool bytes", "any recorded run beyond 1.3 times its distinct bytes", 0, isOff),
  footprint("packages", "packages"),
  footprint("installed bytes", "bytes"),
  footprint("import, ms", "importMs"),
];

/** Everything that is asked for and was measured, and those parts of it that were missed. */
export function boundsTable(results, onlyMissed = false) {
  const lines = readBounds(results)
    .filter(({ isHeld }) => !onlyMissed || !isHeld)
    .map(({ section, what, value, bound, isHeld, noTracer, limit }) => {
      const verdict = isHeld ? "holds" : "**missed**";
      return [section, what, text(value), `at most ${text(bound)}`, verdict, noTracer, limit];
    });
  const head = ["", "", "measured", "asked for", "", '"no tracer" beside', '"limit" beside'];
  return lines.length === 0 ? "None." : markdownTable(head, lines);
}

function readBounds(results) {
  return BOUNDS.flatMap(({ section, what, most: bound, read, beside }) => {
    const value = read(results);
    if (value === undefined || Number.isNaN(value)) return [];
    return [{ section, what, value, bound, isHeld: value <= bound, ...beside?.(results) }];
  });
}

/**
 * What a small span may cost: `ratio` of the cheaper limit, and less than with anyone who lost none; its start and end
 * `callerRatio` of the best other tracer's.
 */
function smallSpans(section, ratio, callerRatio) {
  return [
    workload(section, "CPU : limit", ratio, "cpuMicros", ({ own, limit }) => own("cpuMicros") / limit("cpuMicros")),
    workload(
      section,
      "CPU : the cheapest other tracer's that lost none",
      1,
      "cpuMicros",
      ({ own, complete }) => own("cpuMicros") / least(complete("cpuMicros")),
    ),
    workload(
      section,
      "start+end p50 : the best other tracer's",
      callerRatio,
      "startEndP50",
      ({ own, peers }) => own("startEndP50") / least(peers("startEndP50")),
    ),
    workload(section, "start+end p99, us", 10, "startEndP99", ({ own }) => own("startEndP99")),
    workload(section, "lost", 0, "lost", ({ own }) => own("lost")),
  ];
}

function spooled(section, ratio) {
  return [
    workload(
      section,
      "CPU with the spool : without",
      ratio,
      "cpuMicros",
      ({ own, of }) => of("Everspan, spool", "cpuMicros") / own("cpuMicros"),
    ),
  ];
}

function workload(section, what, bound, figure, read) {
  const rowsIn = (results) => rowsOf(results.of(section));
  return {
    section,
    what,
    most: bound,
    read(results) {
      const rows = rowsIn(results);
      const spread = (name, key) => rows.find((row) => row.name === name)?.figures?.[key];
      const of = (name, key) => spread(name, key)?.median;
      const beyond = (name) => of(name, "cpuMicros") - of("no tracer", "cpuMicros");
      const others = rows.filter(({ kind }) => kind === "peer");
      const peers = (key, among = others) => among.flatMap(({ name }) => of(name, key) ?? []);
      return read({
        of,
        own: (key) => of("Everspan", key),
        worst: (key) => spread("Everspan", key)?.max,
        limit: (key) => limitOf(rows, key),
        peers,
        complete: (key) =>
          peers(
            key,
            others.filter(({ name }) => of(name, "lost") === 0),
          ),
        beyond,
      });
    },
    beside(results) {
      const rows = rowsIn(results);
      const noTracer = rows.find(({ name }) => name === "no tracer")?.figures?.[figure]?.median;
      return { noTracer: figureText(figure, noTracer), limit: figureText(figure, limitOf(rows, figure)) };
    },
  };
}

function isOff({ holds }) {
  return holds ? 0 : Number.POSITIVE_INFINITY;
}

function growth(what, bound, cost) {
  const read = (results) =>
    most(
      results
        .of("growth")
        .flatMap(({ subject, exponents }) => (subject.startsWith("Everspan") ? (exponents[cost] ?? []) : [])),
    );
  return { section: "growth", what, most: bound, read };
}

/** The worst of Everspan's cells; a cell that failed is as bad as can be. */
function fault(section, what, bound, read) {
  return {
    section,
    what,
    most: bound,
    read(results) {
      const cells = results.of(section).filter(({ subject }) => subject.startsWith("Everspan"));
      return most(cells.map((cell) => (cell.failed === undefined ? read(cell) : Number.POSITIVE_INFINITY)));
    },
  };
}

/** Least of all: at most the others' least. */
function footprint(what, key) {
  const read = (results) => {
    const own = results.of("footprint").find(({ subject }) => subject === "Everspan");
    const others = results.of("footprint").filter(({ subject }) => subject !== "Everspan");
    return own === undefined ? undefined : own[key] / least(others.map((cell) => cell[key]));
  };
  return { section: "footprint", what: `${what} : the least of the others'`, most: 1, read };
}

function figureText(figure, value) {
  const column = columnOf(figure);
  return value === undefined || column === undefined ? "" : `${column.title} ${(value * column.factor).toPrecision(3)}`;
}

function least(values) {
  return Math.min(...values.filter((value) => value !== undefined));
}

function most(values) {
  return values.length === 0 ? undefined : Math.max(...values);
}

function text(value) {
  if (value === Number.POSITIVE_INFINITY) return "failed";
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
