/**
 * The collector's figures as Prometheus reads them. What OpenTelemetry has a name for has that name, in the form that its
 * Prometheus exporters give it; the rest begins with `everspan_`. `docs/operations.md` lists them.
 */
import type { IntervalHistogram } from "node:perf_hooks";
import type { EngineFigures } from "../engine/engine.ts";
import { VERSION } from "../version.ts";
import { BUCKETS, type TimeSeries } from "./request-times.ts";

export interface ProcessFigures {
  readonly liveSubscribers: number;
  readonly connections: number;
  /** Bytes of responses that wait for their readers. */
  readonly unreadBytes: number;
  readonly requests: readonly TimeSeries[];
  /** In nanoseconds, since the last time that it was read. */
  readonly loopDelay: IntervalHistogram;
}

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number, suffix?: string];

export function prometheusText(engine: EngineFigures, own: ProcessFigures): string {
  return [...recordFamilies(engine), ...workerFamilies(engine), ...httpFamilies(own), ...processFamilies(own)].join("");
}

function recordFamilies({ ingest, storedBytes }: EngineFigures): string[] {
  const byLabel = (label: string, counts: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(counts).map(([value, count]) => [{ [label]: value.replaceAll("-", "_") }, count]);
  return [
    family("everspan_records_received_total", "counter", "Records that arrived, whatever became of them.", [
      [{}, ingest.received],
    ]),
    family(
      "everspan_records_total",
      "counter",
      "Records that were merged into the store, by result.",
      byLabel("result", ingest.verdicts),
    ),
    family(
      "everspan_records_rejected_total",
      "counter",
      "Records that were turned away, by reason.",
      byLabel("reason", ingest.rejected),
    ),
    family("everspan_store_bytes", "gauge", "Bytes of the store's medium in use.", [[{}, storedBytes]]),
  ];
}

/** None where everything happens in one process. */
function workerFamilies({ workers }: EngineFigures): string[] {
  if (workers.length === 0) return [];
  return [
    family(
      "everspan_worker_up",
      "gauge",
      "Whether a worker has the store open.",
      workers.map(({ name, isReady }) => [{ worker: name }, isReady ? 1 : 0]),
    ),
    family(
      "everspan_worker_restarts_total",
      "counter",
      "How often a worker ended and was started again.",
      workers.map(({ name, restarts }) => [{ worker: name }, restarts]),
    ),
    family(
      "everspan_worker_resident_memory_bytes",
      "gauge",
      "Resident memory of a worker.",
      workers.map(({ name, residentBytes }) => [{ worker: name }, residentBytes]),
    ),
  ];
}

function httpFamilies({ requests, connections, unreadBytes, liveSubscribers }: ProcessFigures): string[] {
  const times = requests.flatMap(({ method, route, status, cumulative, sumSeconds }): Sample[] => {
    const labels = { http_request_method: method, http_route: route, http_response_status_code: status };
    return [
      ...cumulative.map((count, index): Sample => [{ ...labels, le: BUCKETS[index] ?? "+Inf" }, count, "_bucket"]),
      [labels, sumSeconds, "_sum"],
      [labels, cumulative.at(-1) ?? 0, "_count"],
    ];
  });
  return [
    family("http_server_request_duration_seconds", "histogram", "How long requests took to be answered.", times),
    family("everspan_connections", "gauge", "Connections that are open.", [[{}, connections]]),
    family("everspan_unread_response_bytes", "gauge", "Bytes of responses that wait for their readers.", [
      [{}, unreadBytes],
    ]),
    family("everspan_live_subscribers", "gauge", "Live streams that are open.", [[{}, liveSubscribers]]),
  ];
}

function processFamilies({ loopDelay }: ProcessFigures): string[] {
  const { user, system } = process.cpuUsage();
  const delays = {
    min: loopDelay.min,
    p50: loopDelay.percentile(50),
    p99: loopDelay.percentile(99),
    max: loopDelay.max,
  };
  loopDelay.reset();
  return [
    ...Object.entries(delays).map(([which, nanos]) =>
      family(
        `nodejs_eventloop_delay_${which}_seconds`,
        "gauge",
        `Delay of the event loop since the last scrape, ${which}.`,
        // Empty, it says its greatest number.
        [[{}, nanos < 1e15 ? nanos / 1e9 : 0]],
      ),
    ),
    family("process_cpu_seconds_total", "counter", "CPU time of the process that serves.", [
      [{}, (user + system) / 1e6],
    ]),
    family("process_resident_memory_bytes", "gauge", "Resident memory of the process that serves.", [
      [{}, process.memoryUsage.rss()],
    ]),
    family("process_start_time_seconds", "gauge", "When the process started, since the epoch.", [
      [{}, Math.round(performance.timeOrigin) / 1000],
    ]),
    family("everspan_build_info", "gauge", "1; its labels say what runs.", [
      [{ version: VERSION, node: process.versions.node }, 1],
    ]),
  ];
}

function family(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(([labels, value, suffix = ""]) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
