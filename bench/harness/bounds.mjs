/** What is asked of Everspan, beside what was measured. */
import { limitOf, markdownTable, rowsOf } from "./tables.mjs";

const MEGABYTES_A_MIB = 2 ** 20 / 1e6;
const OPEN_TELEMETRY = ["OpenTelemetry JS", "OpenTelemetry JS, tuned", "OpenTelemetry JS, protobuf, tuned"];

/** `most`: what it may be; `read`: what it is, undefined while that was not measured. */
const BOUNDS = [
  workload("small", "start+end p50, us", 2, ({ own }) => own("startEndP50")),
  workload(
    "small",
    "start+end p50 : the best other tracer's",
    0.5,
    ({ own, peers }) => own("startEndP50") / least(peers("startEndP50")),
  ),
  workload("small", "lost", 0, ({ own }) => own("lost")),
  workload("small", "CPU : limit", 1.3, ({ own, limit }) => own("cpuMicros") / limit("cpuMicros")),
  workload("small", "time : limit", 1.3, ({ own, limit }) => own("deliveredMs") / limit("deliveredMs")),
  workload(
    "small",
    "start+end p50 with the spool : without",
    1.5,
    ({ own, of }) => of("Everspan, spool", "startEndP50") / own("startEndP50"),
  ),
  workload("burst", "start+end p50, us", 3, ({ own }) => own("startEndP50")),
  workload("burst", "late p99, ms", 25, ({ own }) => own("lateP99")),
  workload("burst", "lost", 0, ({ own }) => own("lost")),
  workload("burst", "CPU a span, us", 130, ({ own }) => own("cpuMicros")),
  workload("burst", "longest stop of the event loop, ms", 20, ({ own }) => own("loopMax")),
  workload("burst", "peak, MB", 220, ({ own }) => own("peakMiB") * MEGABYTES_A_MIB),
  workload("burst", "all there after, s", 2.4, ({ own }) => own("deliveredMs") / 1000),
  workload("burst-distinct", "CPU : limit", 1.3, ({ own, limit }) => own("cpuMicros") / limit("cpuMicros")),
  workload("burst-distinct", "lost", 0, ({ own }) => own("lost")),
  workload("burst-distinct", "came without the whole input", 0, ({ own }) => own("cut")),
  workload("burst-distinct", "late p99, ms", 50, ({ own }) => own("lateP99")),
  workload("burst-distinct", "peak : limit", 1.25, ({ own, limit }) => own("peakMiB") / limit("peakMiB")),
  workload(
    "recorded",
    "CPU beyond the workload's own : OpenTelemetry's",
    0.25,
    ({ beyond }) => beyond("Everspan") / beyond("OpenTelemetry JS"),
  ),
  workload(
    "recorded",
    "CPU beyond the workload's own : OpenTelemetry's cheapest form",
    0.25,
    ({ beyond }) => beyond("Everspan") / least(OPEN_TELEMETRY.map(beyond)),
  ),
  workload("recorded", "lost", 0, ({ own }) => own("lost")),
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
  fault("kill -9", "anything off", 0, ({ holds }) => (holds ? 0 : Number.POSITIVE_INFINITY)),
  fault("spool bytes", "any recorded run beyond 1.3 times its distinct bytes", 0, ({ holds }) =>
    holds ? 0 : Number.POSITIVE_INFINITY,
  ),
  footprint("packages", "packages"),
  footprint("installed bytes", "bytes"),
  footprint("import, ms", "importMs"),
];

export function boundsTable(results) {
  const lines = BOUNDS.flatMap(({ section, what, most: bound, read }) => {
    const value = read(results);
    if (value === undefined || Number.isNaN(value)) return [];
    const isHeld = value <= bound;
    return [[section, what, text(value), `at most ${text(bound)}`, isHeld ? "holds" : "**missed**"]];
  });
  return markdownTable(["", "", "measured", "asked for", ""], lines);
}

function workload(section, what, bound, read) {
  return {
    section,
    what,
    most: bound,
    read(results) {
      const rows = rowsOf(results.of(section));
      const of = (name, key) => rows.find((row) => row.name === name)?.figures?.[key]?.median;
      const beyond = (name) => of(name, "cpuMicros") - of("no tracer", "cpuMicros");
      const peers = (key) => rows.filter(({ kind }) => kind === "peer").flatMap(({ name }) => of(name, key) ?? []);
      return read({ of, own: (key) => of("Everspan", key), limit: (key) => limitOf(rows, key), peers, beyond });
    },
  };
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
