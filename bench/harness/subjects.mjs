/** Who is measured, and how each is configured. */
import { existsSync, readFileSync } from "node:fs";

const BENCH = new URL("../", import.meta.url);
const ours = (name) => new URL(`subjects/${name}.mjs`, BENCH).href;
const peer = (name) => new URL(`peers/${name}.mjs`, BENCH).href;

/** What both Everspan and the probes are given when delivery in the least time is asked for. */
const LARGE = { maxRecords: 1_000, maxBytes: 16 * 1024 * 1024 };
const WORKLOADS = ["small", "burst", "burst-distinct", "recorded"];
const TUNED = {
  batch: LARGE,
  delivery: { concurrency: 8 },
  queue: { maxBytes: 1024 * 1024 * 1024 },
};

/**
 * `kind`: `everspan`, `limit` (a probe, no tracer), `design` (a way to build one) or `peer`. `package` gives the version.
 * `spool`: with a folder of its own to be safe in. `scale`: the part of a workload it is given, where all of it would
 * take hours. `sections`: where it takes part; default: everywhere. Probes have no answer to a fault, and a protocol or
 * a batch size changes little in one. Without "tuned" in its name a tracer has its defaults.
 */
export const SUBJECTS = [
  { name: "no tracer", kind: "limit", module: ours("nothing"), tracesNothing: true, sections: WORKLOADS },
  { name: "limit: stringify + node:http", kind: "limit", module: ours("limit"), sections: WORKLOADS },
  {
    name: "limit: stringify + undici",
    kind: "limit",
    module: ours("limit"),
    options: { client: "undici" },
    package: "undici",
    sections: WORKLOADS,
  },
  {
    name: "limit: fragments + node:http",
    kind: "limit",
    module: ours("limit"),
    options: { fragments: true },
    sections: ["burst"],
  },
  { name: "Everspan", kind: "everspan", module: ours("everspan") },
  { name: "Everspan, spool", kind: "everspan", module: ours("everspan"), spool: true },
  {
    name: "Everspan, tuned",
    kind: "everspan",
    module: ours("everspan"),
    options: { tuning: TUNED },
    sections: WORKLOADS,
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
    sections: WORKLOADS,
  },
  {
    name: "OpenTelemetry JS, protobuf, tuned",
    kind: "peer",
    module: peer("opentelemetry"),
    options: { tuned: true, protocol: "http/protobuf" },
    package: "@opentelemetry/sdk-trace-node",
    sections: WORKLOADS,
  },
  {
    name: "Langfuse",
    kind: "peer",
    module: peer("langfuse"),
    package: "@langfuse/otel",
    packages: ["@langfuse/otel", "@langfuse/tracing", "@opentelemetry/sdk-trace-node"],
  },
  { name: "LangSmith", kind: "peer", module: peer("langsmith"), package: "langsmith" },
  { name: "Braintrust", kind: "peer", module: peer("braintrust"), package: "braintrust" },
  { name: "dd-trace", kind: "peer", module: peer("dd-trace"), package: "dd-trace" },
  { name: "Sentry", kind: "peer", module: peer("sentry"), package: "@sentry/node" },
  { name: "reference design", kind: "design", module: ours("reference-design") },
  { name: "naive", kind: "design", module: ours("naive"), scale: 1 / 500, sections: ["small"] },
];

export const PEERS_INSTALLED = existsSync(new URL("peers/node_modules", BENCH));

export function subjectNamed(name) {
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined)
    throw new Error(`no subject "${name}"; known are ${SUBJECTS.map((s) => s.name).join(", ")}`);
  return subject;
}

export function takesPart({ sections }, section) {
  return sections === undefined || sections.includes(section);
}

/** Peers' modules, and undici, come from `bench/peers`, which is installed apart. */
export function needsPeers({ kind, package: name }) {
  return kind === "peer" || name === "undici";
}

export function versionOf({ package: name }) {
  if (name === undefined) return undefined;
  const manifest = new URL(`peers/node_modules/${name}/package.json`, BENCH);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}
