/**
 * The parts of the benchmark: what each is, how it is measured and how its table is made. `isOneProgram`: measured as a
 * whole, whoever takes part.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { crashTable, outageTable } from "./fault-tables.mjs";
import { measureCrashes, measureOutages } from "./faults.mjs";
import { footprintTable, measureFootprints } from "./footprint.mjs";
import { growthTable } from "./growth-table.mjs";
import { newerNode } from "./newer-node.mjs";
import { measureRounds } from "./rounds.mjs";
import { takesPart } from "./subjects.mjs";
import { rowsOf, workloadTable } from "./tables.mjs";
import { workloadNamed } from "./workloads.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KILLS = 500;

export const SECTIONS = [
  workload("small", {
    rounds: 3,
    limitMs: 30_000,
    about:
      "20,000 spans as fast as the event loop allows, about 200 bytes of payload each, 4 spans a request; a request lets the event loop turn once.",
  }),
  workload("burst", {
    rounds: 3,
    limitMs: 30_000,
    about: "10,000 spans at 5,000 a second, each with the same system prompt of 50 KB, 4 spans a request.",
  }),
  workload("burst-distinct", {
    rounds: 2,
    limitMs: 30_000,
    about: "The same, and no two spans have the same prompt.",
  }),
  workload("recorded", {
    rounds: 1,
    limitMs: 60_000,
    about:
      "Seven recorded agent runs, 40 copies of each, 16 at a time; each model call is a span with the whole conversation before it; 1,000 calls a second. Each copy's messages are strings of its own. One round.",
  }),
  withNewerNode("small"),
  withNewerNode("burst"),
  {
    name: "growth",
    about:
      "One conversation that grows by a reply and an observation each step, and is sent whole at each: what a step costs, and the exponent k of `cost = c * steps^k`. Queue: while the back end is dead (Everspan by its own account of bytes, others by the heap); spool: on disk, also then.",
    isOneProgram: true,
    measure: measureGrowth,
    table: growthTable,
  },
  {
    name: "outage",
    about:
      "2,000 spans in 5 s. For the first 20 s the back end answers 503, or never, or resets connections; the tracer is told to end at 45 s. Seconds count from the recovery. Requests that were hung stay so.",
    measure: measureOutages,
    table: outageTable,
  },
  {
    name: "crash",
    about:
      "500 spans a second; the process is killed (at two moments) or terminated, both with no handler, calls `process.exit`, or returns from its main module without a flush. Everspan's spool holds what was ended 15 ms before; what it did not hold yet is counted by the next start.",
    measure: measureCrashes,
    table: crashTable,
  },
  program("kill -9", "kill-agents.ts", {
    args: ["--cycles", String(KILLS)],
    about: `${KILLS} random points of an agent's life, by \`npx tsx bench/kill-agents.ts\`: the collector with its SQLite store, asked over HTTP.`,
  }),
  program("spool bytes", "spool-bytes.ts", {
    about:
      "What the spool writes for recorded runs beside what is new in them, by `npx tsx bench/spool-bytes.ts`; its head comment says what the columns are.",
  }),
  {
    name: "footprint",
    about:
      "What is installed with all dependencies, their number (itself included), and the time to import it in a fresh process.",
    measure: measureFootprints,
    table: footprintTable,
  },
];

export function sectionNamed(name) {
  const section = SECTIONS.find((each) => each.name === name);
  if (section === undefined) {
    throw new Error(`no section "${name}"; known are ${SECTIONS.map((each) => each.name).join(", ")}`);
  }
  return section;
}

function workload(name, { workload = name, rounds, limitMs, about }) {
  return {
    name,
    about,
    async measure(subjects, context) {
      if (workloadNamed(workload) === undefined)
        return context.say(`${name}: skipped, ../shared/data is not on this machine`);
      const bounds = { limitMs, rounds: context.rounds ?? rounds };
      await measureRounds({ section: name, workload }, subjects, { ...context, ...bounds });
    },
    table: (cells) => workloadTable(rowsOf(cells)),
  };
}

/** A workload once more, all of it on the Node that the newest tracers need. */
function withNewerNode(name) {
  const section = workload(`${name}, Node 24`, {
    workload: name,
    rounds: 2,
    limitMs: 30_000,
    about: `As ${name}. OpenTelemetry 3 and dd-trace 6 need a newer Node than Everspan's oldest; here it runs everyone.`,
  });
  return {
    ...section,
    async measure(subjects, context) {
      const node = newerNode();
      if (node === undefined)
        return context.say(`${section.name}: skipped, not installed: \`npm ci\` in bench/peers-node24`);
      await section.measure(subjects, { ...context, node });
    },
  };
}

async function measureGrowth(_subjects, { results, say }) {
  say("growth");
  if (results.of("growth").length > 0) return;
  const { stdout } = await runBench("cost-growth.ts", ["--json"]);
  for (const line of stdout.trim().split("\n")) results.add({ section: "growth", ...JSON.parse(line) });
}

/** A bench of its own: what it prints is what stands in the document. */
function program(name, file, { args = [], about }) {
  return {
    name,
    about,
    isOneProgram: true,
    async measure(_subjects, { results, say }) {
      say(name);
      if (results.of(name).length > 0) return;
      // The collector runs as it is built.
      await promisify(execFile)("npm", ["run", "build", "--silent"], { cwd: ROOT });
      const { stdout, code = 0 } = await runBench(file, args).catch((error) => error);
      results.add({ section: name, subject: "Everspan", said: stdout, holds: code === 0 });
    },
    table: (cells) => cells.map(({ said }) => `\`\`\`text\n${said.trim()}\n\`\`\``).join("\n"),
  };
}

function runBench(program, args) {
  return promisify(execFile)(process.execPath, ["--import", "tsx", `bench/${program}`, ...args], { cwd: ROOT });
}

/** @returns the subjects of these that take part in the section */
export function takingPart(subjects, { name }) {
  return subjects.filter((subject) => takesPart(subject, name));
}
