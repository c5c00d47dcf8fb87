/** What a conversation costs at its shortest and longest, and the exponent between. */
import { markdownTable } from "./tables.mjs";

const COSTS = [
  ["record", "recordMs", (ms) => `${ms.toFixed(1)} ms`],
  ["queue", "queueBytes", kilobytes],
  ["spool", "spoolBytes", kilobytes],
  ["wire, burst", "wireBytes", kilobytes],
  ["wire, step by step", "pacedWireBytes", kilobytes],
];

export function growthTable(cells) {
  const head = COSTS.flatMap(([title]) => [title, "k"]);
  const lines = cells.map(({ subject, steps, costs, exponents }) => [
    `${subject}, ${steps[0]} and ${steps.at(-1)} steps`,
    ...COSTS.flatMap(([, cost, text]) => {
      const [least, most] = [costs[0][cost], costs.at(-1)[cost]];
      if (least === undefined) return ["–", "–"];
      return [`${text(least)}, ${text(most)}`, exponents[cost]?.toFixed(2) ?? "–"];
    }),
  ]);
  return markdownTable(["", ...head], lines);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
