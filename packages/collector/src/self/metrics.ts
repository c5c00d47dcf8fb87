/** The counts as Prometheus reads them. `received` is the sum of the others by `result`. */
import type { IngestCounts } from "../ingest/ingest-counts.ts";
import type { LiveHub } from "../live/live-hub.ts";

export function prometheusText(counts: IngestCounts, hub: LiveHub): string {
  const { received, verdicts, rejected } = counts;
  const lines = [
    ...family("everspan_records_received_total", "counter", "Records that arrived, whatever became of them."),
    `everspan_records_received_total ${received}`,
    ...family("everspan_records_total", "counter", "Records that were merged into the store, by result."),
    ...Object.entries(verdicts).map(([result, count]) => sample("everspan_records_total", "result", result, count)),
    ...family("everspan_records_rejected_total", "counter", "Records that were turned away, by reason."),
    ...Object.entries(rejected).map(([reason, n]) => sample("everspan_records_rejected_total", "reason", reason, n)),
    ...family("everspan_live_subscribers", "gauge", "Live streams that are open."),
    `everspan_live_subscribers ${hub.subscriberCount}`,
    ...family("process_resident_memory_bytes", "gauge", "Resident memory of the process."),
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ];
  return `${lines.join("\n")}\n`;
}

function family(name: string, type: "counter" | "gauge", help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, label: string, labelValue: string, count: number): string {
  return `${name}{${label}="${labelValue.replaceAll("-", "_")}"} ${count}`;
}
