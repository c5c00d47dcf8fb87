/** Cells of the workloads, summarised, as markdown tables. */
import { summarise } from "./statistics.mjs";
import { SUBJECTS } from "./subjects.mjs";

/** The most and the least stand beside a median only where they say something: over a tenth apart. */
const SPREAD_SHOWN = 0.1;
/** The cheaper of these is what CPU and time are compared with. */
const LIMITS = ["limit: stringify + node:http", "limit: stringify + undici"];

const COLUMNS = [
  ["start+end p50, us", "startEndP50", 1],
  ["p99", "startEndP99", 0],
  ["mean", "startEndMean", 1],
  ["CPU a span, us", "cpuMicros", 0],
  ["loop delay p99, ms", "loopP99", 0],
  ["max", "loopMax", 0],
  ["late p99, ms", "lateP99", 0],
  ["peak MiB", "peakMiB", 0],
  ["wire B a span", "wireBytes", 0],
  ["requests", "requests", 0],
  ["sockets", "sockets", 0],
  ["all there after, s", "deliveredMs", 1, 1 / 1000],
  ["lost", "lost", 0],
  ["cut", "cut", 0],
  ["twice", "repeated", 0],
];

/** @returns `[{ name, kind, figures?, failed?, limitMs?, rounds }]`, in the order of the subjects */
export function rowsOf(cells) {
  return SUBJECTS.flatMap(({ name, kind, scale }) => {
    const own = cells.filter(({ subject }) => subject === name);
    if (own.length === 0) return [];
    const measured = own.filter(({ failed }) => failed === undefined);
    const label = scale === undefined || measured.length === 0 ? name : `${name} (${measured[0].spans} spans)`;
    if (measured.length === 0) return [{ name: label, failed: own[0].failed }];
    const limitMs = measured.find((cell) => cell.limitMs !== undefined)?.limitMs;
    return [{ name: label, kind, figures: summarise(measured), limitMs, rounds: measured.length }];
  });
}

export function workloadTable(rows) {
  const head = ["", ...COLUMNS.map(([title]) => title), "its account", "CPU : limit", "time : limit"];
  const lines = rows.map((row) => {
    if (row.figures === undefined) return [row.name, row.failed, ...Array(head.length - 2).fill("")];
    const isLost = row.figures.lost?.median > 0;
    const cells = COLUMNS.map(([, key, digits, factor]) =>
      key === "deliveredMs" && isLost ? "never" : cellText(row.figures[key], digits, factor),
    );
    const ratios = ["cpuMicros", "deliveredMs"].map((key) => ratioText(row.figures[key], limitOf(rows, key)));
    const name = row.limitMs === undefined ? row.name : `${row.name}: not finished in ${row.limitMs / 1000} s`;
    return [name, ...cells, accountText(row.figures.lost?.median, row.figures.ownAccount?.median), ...ratios];
  });
  return markdownTable(head, lines);
}

/** How a figure is called and what it is multiplied by where it is shown. */
export function columnOf(figure) {
  const column = COLUMNS.find(([, key]) => key === figure);
  return column && { title: column[0], factor: column[3] ?? 1 };
}

/** The median of the cheaper limit, or undefined when neither was measured. */
export function limitOf(rows, key) {
  const medians = rows
    .filter(({ name }) => LIMITS.includes(name))
    .flatMap(({ figures }) => figures?.[key]?.median ?? []);
  return medians.length === 0 ? undefined : Math.min(...medians);
}

/** Whether a tracer's own account of what it lost is right. */
export function accountText(lost, ownAccount) {
  if (ownAccount === undefined) return "none";
  return ownAccount === lost ? "right" : `says ${ownAccount}`;
}

export function markdownTable(head, lines) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...lines.map(row)].join("\n");
}

function cellText(spread, digits, factor = 1) {
  if (spread === undefined) return "–";
  const text = (value) => (value * factor).toFixed(digits);
  const { median, min, max } = spread;
  const isSpread = max - min > SPREAD_SHOWN * Math.abs(median) && text(min) !== text(max);
  return isSpread ? `${text(median)} (${text(min)}–${text(max)})` : text(median);
}

function ratioText(spread, base) {
  return spread === undefined || base === undefined ? "–" : (spread.median / base).toFixed(2);
}
