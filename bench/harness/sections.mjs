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
import { installedNodes, THIS_NODE } from "./newer-node.mjs";
import { takesPart } from "./subjects.mjs";
import { TIMED_SECTIONS } from "./timed-sections.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KILLS = 500;

export const SECTIONS = [
  ...TIMED_SECTIONS,
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
  program("an unchanged message", "unchanged.ts", {
    args: ["2000", "31"],
    isOnEachNode: true,
    about:
      "What a capture costs of a conversation that was captured before, beside `JSON.stringify` of it, by `npx tsx bench/unchanged.ts`; asked for in parentheses.",
  }),
  program("large answers", "large-answers.ts", {
    isOnEachNode: true,
    about:
      "A streamed answer of 20,000 chunks and a tool's result of 20 MB, by `npx tsx bench/large-answers.ts`: what the caller waits for, what is held, and what else waits meanwhile.",
  }),
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

async function measureGrowth(_subjects, { results, say }) {
  say("growth");
  if (results.of("growth").length > 0) return;
  const { stdout } = await runBench("cost-growth.ts", ["--json"]);
  for (const line of stdout.trim().split("\n")) results.add({ section: "growth", ...JSON.parse(line) });
}

/** A bench of its own: what it prints is what stands in the document. */
function program(name, file, { args = [], about, isOnEachNode = false }) {
  return {
    name,
    about,
    isOneProgram: true,
    async measure(_subjects, { results, say }) {
      if (results.of(name).length > 0) return;
      // The collector runs as it is built, and what benches import is not always the SDK's published entry.
      await promisify(execFile)("npm", ["run", "build", "--silent"], { cwd: ROOT });
      for (const { node, version } of isOnEachNode ? installedNodes() : [THIS_NODE]) {
        say(`${name}, Node ${version}`);
        const { stdout, code = 0 } = await runBench(file, args, node).catch((error) => error);
        results.add({
          section: name,
          subject: "Everspan",
          said: stdout ?? "",
          holds: code === 0 && !/\bMISSED\b/.test(stdout),
          node: version,
        });
      }
    },
    table: (cells) => cells.map(({ said }) => `\`\`\`text\n${said.trim()}\n\`\`\``).join("\n\n"),
  };
}

function runBench(program, args, node = process.execPath) {
  return promisify(execFile)(node, ["--import", "tsx", `bench/${program}`, ...args], { cwd: ROOT });
}

/** @returns the subjects of these that take part in the section */
export function takingPart(subjects, { name }) {
  return subjects.filter((subject) => takesPart(subject, name));
}
