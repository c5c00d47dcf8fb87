/** The workloads that are timed, each with the Node that runs the benchmark and once more with the newest. */
import { newerNode } from "./newer-node.mjs";
import { measureRounds } from "./rounds.mjs";
import { rowsOf, workloadTable } from "./tables.mjs";
import { workloadNamed } from "./workloads.mjs";

const ROUNDS = 3;
const CONVERSATION =
  "One agent sends its whole conversation, 280 characters a message, at each of 400 steps; half of the replies call a tool";

/** `limitMs`: who takes longer is cut off. */
const WORKLOADS = [
  {
    name: "small",
    limitMs: 15_000,
    about:
      "20,000 spans as fast as the event loop allows, about 200 bytes of payload each, 4 spans a request; a request lets the event loop turn once. A cold start: compiling is a large part of it.",
  },
  {
    name: "small, steady",
    workload: "small-steady",
    limitMs: 20_000,
    about: "The same, 200,000 spans: what a span costs once all is compiled.",
  },
  {
    name: "burst",
    limitMs: 20_000,
    about: "10,000 spans at 5,000 a second, each with the same system prompt of 50 KB, 4 spans a request.",
  },
  { name: "burst-distinct", limitMs: 20_000, about: "The same, and no two spans have the same prompt." },
  {
    name: "recorded",
    limitMs: 30_000,
    about:
      "Seven recorded agent runs, 16 copies of each, 16 at a time; each model call is a span with the whole conversation before it; 1,000 calls a second. Each copy's messages are strings of its own.",
  },
  {
    name: "conversation, same",
    workload: "conversation-same",
    limitMs: 15_000,
    about: `${CONVERSATION}. Its messages are the same objects at each step.`,
  },
  {
    name: "conversation, rebuilt",
    workload: "conversation-rebuilt",
    limitMs: 15_000,
    about: "The same, with message objects made anew at each step, of the same texts.",
  },
  {
    name: "conversation, parsed",
    workload: "conversation-parsed",
    limitMs: 15_000,
    about: "The same, with messages parsed from JSON at each step: every text is another string.",
  },
];
/** Nobody's newer version takes part, and Everspan's own figures there say nothing that the others don't. */
const NOT_WITH_NEWER_NODE = ["burst-distinct", "recorded", "conversation, rebuilt"];

/** The same section on the Node that the newest tracers need. */
export function withNewerNode(name) {
  return `${name}, Node 24`;
}

export const TIMED_SECTIONS = [
  ...WORKLOADS.map((workload) => timed(workload)),
  ...WORKLOADS.filter(({ name }) => !NOT_WITH_NEWER_NODE.includes(name)).map(timedWithNewerNode),
];

function timed({ name, workload = name, limitMs, about }, node) {
  return {
    name,
    about,
    async measure(subjects, context) {
      if (workloadNamed(workload) === undefined)
        return context.say(`${name}: skipped, ../shared/data is not on this machine`);
      const bounds = { limitMs, rounds: context.rounds ?? ROUNDS, node };
      await measureRounds({ section: name, workload }, subjects, { ...context, ...bounds });
    },
    table: (cells) => workloadTable(rowsOf(cells)),
  };
}

function timedWithNewerNode({ name: base, workload = base, limitMs }) {
  const name = withNewerNode(base);
  const node = newerNode();
  const about = `As "${base}". OpenTelemetry 3 and dd-trace 6 need a newer Node than Everspan's oldest; here it runs everyone.`;
  if (node !== undefined) return timed({ name, workload, limitMs, about }, node);
  return {
    ...timed({ name, workload, limitMs, about }),
    measure: async (_subjects, { say }) => say(`${name}: skipped, not installed: \`npm ci\` in bench/peers-node24`),
  };
}
