/**
 * What a conversation costs as it grows: each step sends all of it again. Printed for each length: time to record it,
 * what the queue and the spool then hold while the back end is dead, and the bytes on the wire, in a burst and step by
 * step; and the exponent k of a fit `cost = c * steps^k`: 1 is linear, 2 is the square that sending all of it again
 * costs.
 *
 *   npx tsx bench/cost-growth.ts [--steps 10,30,100,300,1000] [--json]
 *
 * OpenTelemetry JS stands beside when `bench/peers` is installed: its queue is measured by the heap, since it keeps no
 * account of bytes.
 */
import { parseArgs } from "node:util";
import { CollectorExporter, SgpExporter } from "everspan";
import type { Cost, Subject } from "./growth/cost.ts";
import { everspan } from "./growth/everspan.ts";
import { IS_OPEN_TELEMETRY_INSTALLED, openTelemetry } from "./growth/opentelemetry.ts";
import { bytesToCollector } from "./growth/servers.ts";

const COSTS: readonly (readonly [title: string, cost: keyof Cost])[] = [
  ["record ms", "recordMs"],
  ["queue bytes", "queueBytes"],
  ["spool bytes", "spoolBytes"],
  ["wire bytes", "wireBytes"],
  ["paced wire", "pacedWireBytes"],
];

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10,30,100,300,1000" },
    json: { type: "boolean", default: false },
  },
});
const lengths = values.steps.split(",").map(Number);

const subjects: Subject[] = [
  everspan({
    name: "Everspan to SGP",
    exporterTo: (url) => new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: url }),
  }),
  everspan({
    name: "Everspan to its collector",
    exporterTo: (url) => new CollectorExporter({ url }),
    countBytes: bytesToCollector,
    isPaced: true,
  }),
];
if (IS_OPEN_TELEMETRY_INSTALLED) subjects.push(openTelemetry());

for (const subject of subjects) {
  const { name, mostSteps = Number.POSITIVE_INFINITY } = subject;
  const steps = lengths.filter((length) => length <= mostSteps);
  const costs = await costsOf(subject, steps);
  const exponents = Object.fromEntries(COSTS.map(([, cost]) => [cost, exponentOf(steps, costs, cost)]));
  if (values.json) console.log(JSON.stringify({ subject: name, steps, costs, exponents }));
  else print(name, steps, costs, exponents);
}

async function costsOf({ cost }: Subject, lengths: readonly number[]): Promise<Cost[]> {
  // The first conversation compiles what the others run.
  await cost(lengths[0]!);
  const costs: Cost[] = [];
  for (const steps of lengths) costs.push(await cost(steps));
  return costs;
}

function print(
  name: string,
  lengths: readonly number[],
  costs: readonly Cost[],
  exponents: Record<string, number | undefined>,
): void {
  const row = (cells: readonly (string | number)[]) =>
    console.log(cells.map((cell) => String(cell).padStart(14)).join(""));
  console.log(`\n${name}`);
  row(["steps", ...COSTS.flatMap(([title]) => [title, "a step"])]);
  for (const [i, each] of costs.entries()) {
    const steps = lengths[i]!;
    const pair = (value: number | undefined) =>
      value === undefined ? ["–", "–"] : [Math.round(value * 10) / 10, (value / steps).toPrecision(3)];
    row([steps, ...COSTS.flatMap(([, cost]) => pair(each[cost]))]);
  }
  row(["exponent", ...COSTS.flatMap(([, cost]) => [exponents[cost]?.toFixed(2) ?? "–", ""])]);
}

/** Least squares over the logarithms. */
function exponentOf(lengths: readonly number[], costs: readonly Cost[], cost: keyof Cost): number | undefined {
  const points = costs.flatMap((each, i) => {
    const value = each[cost];
    return value === undefined || value <= 0 ? [] : [[Math.log(lengths[i]!), Math.log(value)] as const];
  });
  if (points.length < 2) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
