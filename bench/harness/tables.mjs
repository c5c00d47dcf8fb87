/** Summaries as markdown tables. */

/** The most and the least stand beside a median only where they say something: over a tenth apart. */
const SPREAD_SHOWN = 0.1;

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
  ["lost, it says", "ownAccount", 0],
  ["cut", "cut", 0],
  ["twice", "repeated", 0],
];

/** @param rows `[{ name, figures, failed?, note? }]`; `limit` names the row that CPU and time are compared with */
export function workloadTable(rows, limit) {
  const base = rows.find(({ name }) => name === limit)?.figures;
  const head = ["", ...COLUMNS.map(([title]) => title), "CPU : limit", "time : limit"];
  const lines = rows.map((row) => {
    if (row.figures === undefined) return [row.name, row.failed, ...Array(head.length - 2).fill("")];
    const cells = COLUMNS.map(([, key, digits, factor]) => cellText(row.figures[key], digits, factor));
    return [row.name, ...cells, ratio(row.figures, base, "cpuMicros"), ratio(row.figures, base, "deliveredMs")];
  });
  return markdownTable(head, lines);
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

function ratio(figures, base, key) {
  if (base?.[key] === undefined || figures[key] === undefined) return "–";
  return (figures[key].median / base[key].median).toFixed(2);
}
