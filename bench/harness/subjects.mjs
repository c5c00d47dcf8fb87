/** Who is measured, and how each is configured. */
import { existsSync, readFileSync } from "node:fs";
import { NEWER_PEERS } from "./newer-node.mjs";

const BENCH = new URL("../", import.meta.url);
const ours = (name) => new URL(`subjects/${name}.mjs`, BENCH).href;
const peer = (name) => new URL(`peers/${name}.mjs`, BENCH).href;
const PEERS = new URL("peers/", BENCH);

/** What both Everspan and the probes are given when delivery in the least time is asked for. */
const LARGE = { maxRecords: 1_000, maxBytes: 16 * 1024 * 1024 };
const WORKLOADS = ["small", "burst", "burst-distinct", "recorded"];
/** Where only those take part that are not far from the others, so that three rounds of all fit in half an hour. */
const CLOSE = ["small, steady", "conversation, same", "conversation, rebuilt", "conversation, parsed"];
const EVERYWHERE = [...WORKLOADS, "outage", "crash", "footprint"];
const NEWER_NODE = [
  "small, Node 24",
  "small, steady, Node 24",
  "burst, Node 24",
  "conversation, same, Node 24",
  "conversation, parsed, Node 24",
];
const ANY_NODE = [...WORKLOADS, ...CLOSE, ...NEWER_NODE];
const OPEN_TELEMETRY_3 = {
  kind: "peer",
  module: new URL("opentelemetry.mjs", NEWER_PEERS).href,
  package: "@opentelemetry/sdk-trace",
  installedIn: NEWER_PEERS,
  sections: NEWER_NODE,
};
const TUNED = {
  batch: LARGE,
  delivery: { concurrency: 8 },
  queue: { maxBytes: 1024 * 1024 * 1024 },
};

/**
 * `kind`: `everspan`, `limit` (a probe, no tracer), `design` (a way to build one) or `peer`. `package` gives the version,
 * as it is installed in the folder `installedIn`, default: `bench/peers`. `spool`: with a folder of its own to be safe in.
 * `scale`: the part of a workload it is given, where all of it would take hours. `sections`: where it takes part; default:
 * everywhere but with a newer Node and where only close ones take part. `isMeasuredOnce`: one round, whose figures are far
 * from the others' or whose losses say more than they. Probes have no answer to a fault, and a protocol or a batch size changes little in
 * one. Without "tuned" in its name a tracer has its defaults.
 */
export const SUBJECTS = [
  { name: "no tracer", kind: "limit", module: ours("nothing"), tracesNothing: true, sections: ANY_NODE },
  { name: "limit: stringify + node:http", kind: "limit", module: ours("limit"), sections: ANY_NODE },
  {
    name: "limit: stringify + undici",
    kind: "limit",
    module: ours("limit"),
    options: { client: "undici" },
    package: "undici",
    sections: [...WORKLOADS, "small, steady"],
  },
  {
    name: "limit: fragments + node:http",
    kind: "limit",
    module: ours("limit"),
    options: { fragments: true },
    sections: ["burst", "burst, Node 24"],
  },
  { name: "Everspan", kind: "everspan", module: ours("everspan"), sections: [...EVERYWHERE, ...ANY_NODE] },
  {
    name: "Everspan, spool",
    kind: "everspan",
    module: ours("everspan"),
    spool: true,
    sections: [...EVERYWHERE, ...ANY_NODE],
  },
  {
    name: "Everspan, gzip",
    kind: "everspan",
    module: ours("everspan"),
    options: { compression: "gzip" },
    sections: ["small, steady", "burst", "conversation, same"],
  },
  {
    name: "Everspan, tuned",
    kind: "everspan",
    module: ours("everspan"),
    options: { tuning: TUNED },
    sections: ANY_NODE.filter((section) => !section.startsWith("conversation")),
  },
  {
    name: "OpenTelemetry JS",
    kind: "peer",
    module: peer("opentelemetry"),
    package: "@opentelemetry/sdk-trace-node",
    packages: ["@opentelemetry/api", "@opentelemetry/sdk-trace-node", "@opentelemetry/exporter-trace-otlp-http"],
  },
  {
    name: "OpenTelemetry JS, tuned",
    kind: "peer",
    module: peer("opentelemetry"),
    options: { tuned: true },
    package: "@opentelemetry/sdk-trace-node",
    sections: [...WORKLOADS, ...CLOSE],
  },
  {
    name: "OpenTelemetry JS, protobuf, tuned",
    kind: "peer",
    module: peer("opentelemetry"),
    options: { tuned: true, protocol: "http/protobuf" },
    package: "@opentelemetry/sdk-trace-node",
    sections: [...WORKLOADS, "small, steady"],
  },
  {
    name: "Langfuse",
    kind: "peer",
    module: peer("langfuse"),
    package: "@langfuse/otel",
    packages: ["@langfuse/otel", "@langfuse/tracing", "@opentelemetry/sdk-trace-node"],
    isMeasuredOnce: true,
  },
  { name: "LangSmith", kind: "peer", module: peer("langsmith"), package: "langsmith", isMeasuredOnce: true },
  { name: "Braintrust", kind: "peer", module: peer("braintrust"), package: "braintrust", isMeasuredOnce: true },
  {
    name: "dd-trace",
    kind: "peer",
    module: peer("dd-trace"),
    package: "dd-trace",
    sections: [...EVERYWHERE, "small, steady"],
  },
  { name: "Sentry", kind: "peer", module: peer("sentry"), package: "@sentry/node", isMeasuredOnce: true },
  { ...OPEN_TELEMETRY_3, name: "OpenTelemetry JS 3" },
  { ...OPEN_TELEMETRY_3, name: "OpenTelemetry JS 3, tuned", options: { tuned: true } },
  {
    name: "dd-trace 6",
    kind: "peer",
    module: peer("dd-trace"),
    options: { installedIn: NEWER_PEERS.href },
    package: "dd-trace",
    installedIn: NEWER_PEERS,
    sections: NEWER_NODE,
  },
  { name: "reference design", kind: "design", module: ours("reference-design"), isMeasuredOnce: true },
  { name: "naive", kind: "design", module: ours("naive"), scale: 1 / 500, sections: ["small"], isMeasuredOnce: true },
];

export const PEERS_INSTALLED = existsSync(new URL("node_modules", PEERS));

export function subjectNamed(name) {
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined)
    throw new Error(`no subject "${name}"; known are ${SUBJECTS.map((s) => s.name).join(", ")}`);
  return subject;
}

export function takesPart({ sections = EVERYWHERE }, section) {
  return sections.includes(section);
}

/** Most peers' modules, and undici, come from `bench/peers`, which is installed apart. */
export function needsPeers({ package: name, installedIn = PEERS }) {
  return name !== undefined && installedIn === PEERS;
}

export function versionOf({ package: name, installedIn = PEERS }) {
  if (name === undefined) return undefined;
  const manifest = new URL(`node_modules/${name}/package.json`, installedIn);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}
