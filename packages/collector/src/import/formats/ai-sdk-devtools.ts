/**
 * The file of the AI SDK's DevTools, `.devtools/generations.json`: runs, and their steps with what the model was asked
 * and answered as JSON texts. A run is an agent's span, each step a model call in it; a run within a run's step is part
 * of that run's trace.
 */
import { formatTimestamp, parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import { derivedSpanId, derivedTraceId } from "../derived-id.ts";
import {
  type ImportFormat,
  isRecord,
  type JsonRecord,
  kindOf,
  listAt,
  textAt,
  type UnitSpans,
} from "../import-format.ts";

export const aiSdkDevToolsFormat: ImportFormat = {
  name: "AI SDK DevTools file",
  looks: '{"runs": [{"id", "started_at"}, …], "steps": [{"run_id", "model_id", "input", …}, …]}',
  recognises: (value, { under }) => under === undefined && Array.isArray(value.runs) && Array.isArray(value.steps),
  open: () => ({ hasMemory: false, read: readFile }),
};

function readFile(value: unknown): UnitSpans {
  const problems: string[] = [];
  const runs = new Map<string, Run>();
  for (const [index, run] of listAt(value, "runs").entries()) {
    const problem = problemOf(run, "id");
    if (problem === undefined) runs.set(textAt(run, "id")!, { fields: run as JsonRecord, steps: [] });
    else problems.push(`runs[${index}]${problem}`);
  }
  for (const [index, step] of listAt(value, "steps").entries()) {
    const problem = problemOf(step, "id") ?? problemOf(step, "run_id");
    const run = runs.get(textAt(step, "run_id") ?? "");
    if (problem !== undefined) problems.push(`steps[${index}]${problem}`);
    else if (run === undefined) problems.push(`steps[${index}].run_id is of no run in the file`);
    else run.steps.push(step as JsonRecord);
  }
  return { snapshots: [...runs.values()].flatMap((run) => spansOf(run, traceOf(run, runs))), problems };
}

interface Run {
  readonly fields: JsonRecord;
  readonly steps: JsonRecord[];
}

function problemOf(value: unknown, id: string): string | undefined {
  if (!isRecord(value)) return ` must be an object, got ${kindOf(value)}`;
  if (textAt(value, id) === undefined) return `.${id} must be a text, got ${kindOf(value[id])}`;
  return microsOf(value.started_at) === undefined
    ? `.started_at must be an instant, got ${kindOf(value.started_at)}`
    : undefined;
}

function microsOf(value: unknown): number | undefined {
  return typeof value === "string" ? parseTimestamp(value) : undefined;
}

/** The trace of the outermost run; where the parents go round in a circle each stands alone. */
function traceOf(run: Run, runs: ReadonlyMap<string, Run>): string {
  let outer = run;
  const seen = new Set([run]);
  for (;;) {
    const parent = runs.get(textAt(outer.fields, "parent_run_id") ?? "");
    if (parent === undefined) return traceNamed(outer);
    if (seen.has(parent)) return traceNamed(run);
    seen.add(parent);
    outer = parent;
  }
}

function traceNamed({ fields }: Run): string {
  return derivedTraceId("ai-sdk-devtools", textAt(fields, "id")!);
}

function spansOf({ fields, steps }: Run, traceId: string): SpanSnapshot[] {
  const id = derivedSpanId(traceId, textAt(fields, "id")!);
  const calls = steps.map((step) => callOf(step, traceId, id));
  const ends = calls.flatMap((call) => (call.phase === "ended" ? call.endTime : []));
  const last = calls.at(-1);
  const parent = textAt(fields, "parent_step_id") ?? textAt(fields, "parent_run_id");
  const shared = {
    traceId,
    id,
    name: textAt(fields, "function_id") ?? "run",
    type: "AGENT_WORKFLOW" as const,
    startTime: formatTimestamp(microsOf(fields.started_at)!),
    ...(parent !== undefined && { parentId: derivedSpanId(traceId, parent) }),
    ...(calls[0]?.input !== undefined && { input: calls[0].input }),
    ...(last?.output !== undefined && { output: last.output }),
    service: { name: "ai-sdk" },
  };
  // A file grows while its program runs: with each step that ended more is known.
  if (calls.length === 0 || ends.length < calls.length) {
    return [{ ...shared, phase: "started", revision: 1 + ends.length, status: "OK" }, ...calls];
  }
  const { status, error } = last!;
  const end = { endTime: ends.sort().at(-1)!, status, ...(error !== undefined && { error }) };
  return [{ ...shared, ...end, phase: "ended", revision: 2 + ends.length }, ...calls];
}

const RAW = ["provider_options", "raw_request", "raw_response", "raw_chunks"];

function callOf(step: JsonRecord, traceId: string, parentId: string): SpanSnapshot {
  const start = microsOf(step.started_at)!;
  const model = textAt(step, "model_id");
  const message = textAt(step, "error");
  const [input, output, usage] = ["input", "output", "usage"].map((name) => parsed(step[name]));
  const data = Object.fromEntries(
    RAW.flatMap((name) => (step[name] === null || step[name] === undefined ? [] : [[name, parsed(step[name])]])),
  );
  const provider = textAt(step, "provider");
  const shared = {
    traceId,
    id: derivedSpanId(traceId, textAt(step, "id")!),
    parentId,
    name: `step ${String(step.step_number ?? "")}`.trim(),
    type: "COMPLETION" as const,
    startTime: formatTimestamp(start),
    input: isRecord(input) ? { ...(model !== undefined && { model }), ...input } : input,
    ...(output !== undefined && {
      output: isRecord(output) ? { ...output, ...(usage !== undefined && { usage }) } : output,
    }),
    data: { ...(provider !== undefined && { provider }), ...data },
    service: { name: "ai-sdk" },
  };
  const duration = step.duration_ms;
  if (typeof duration !== "number" || !(duration >= 0 && duration < 1e12)) {
    return { ...shared, phase: "started", revision: 1, status: "OK" };
  }
  return {
    ...shared,
    phase: "ended",
    revision: 2,
    endTime: formatTimestamp(start + Math.round(duration * 1000)),
    status: message === undefined ? "OK" : "ERROR",
    ...(message !== undefined && { error: { type: "Error", message } }),
  };
}

/** JSON that stands as text; anything else as it is, and of null nothing. */
function parsed(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
