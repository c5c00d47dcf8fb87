/**
 * Langfuse's exports: rows of observations and traces (its API, its interface's JSON, its blob storage's lines, with
 * names in camelCase or snake_case), a trace with its observations, and batches of its ingestion.
 */
import { fromLangfuseBatch, parseTimestamp, snapshotOfPiece } from "@everspan/protocol";
import {
  type ImportFormat,
  isRecord,
  type JsonRecord,
  listAt,
  NOTHING,
  textAt,
  type UnitSpans,
} from "../import-format.ts";

const KINDS = /^(SPAN|GENERATION|EVENT|AGENT|TOOL|CHAIN|RETRIEVER|EVALUATOR|EMBEDDING|GUARDRAIL)$/i;
const LISTS: ReadonlySet<string> = new Set(["observations", "data", "batch"]);

export const langfuseFormat: ImportFormat = {
  name: "Langfuse export",
  looks: '{"id", "traceId", "type": "GENERATION", "startTime", …}',
  recognises: (value, { under, isEmptied }) => {
    if (under !== undefined && !LISTS.has(under)) return false;
    if (isEmptied === true && (isTrace(value) || isTrace(value.trace))) return true;
    return (
      isObservation(value) ||
      isEvent(value) ||
      isTrace(value) ||
      isTrace(value.trace) ||
      ["observations", "data"].some((list) => isObservation(listAt(value, list)[0])) ||
      isEvent(listAt(value, "batch")[0])
    );
  },
  open: () => ({ hasMemory: false, read: (value) => (isRecord(value) ? readValue(value) : notOne(value)) }),
};

function isObservation(value: unknown): boolean {
  return isRecord(value) && textAt(value, "traceId", "trace_id") !== undefined && KINDS.test(String(value.type));
}

function isTrace(value: unknown): boolean {
  if (!isRecord(value) || textAt(value, "id") === undefined || textAt(value, "timestamp") === undefined) return false;
  return ["sessionId", "session_id", "htmlPath", "projectId", "project_id", "release"].some((name) => name in value);
}

function isEvent(value: unknown): boolean {
  return isRecord(value) && isRecord(value.body) && /-(create|update)$|^sdk-log$/.test(String(value.type));
}

function readValue(value: JsonRecord): UnitSpans {
  const observations = ["observations", "data"].flatMap((list) => listAt(value, list)).filter(isRecord);
  const batch = listAt(value, "batch");
  const trace =
    isRecord(value.trace) && isTrace(value.trace)
      ? value.trace
      : isTrace(value) && !isObservation(value)
        ? value
        : undefined;
  const rows = isObservation(value) ? [value] : observations;
  const problems: string[] = [];
  const events = [
    ...(isEvent(value) ? [value] : batch),
    ...(trace === undefined ? [] : [traceEvent(trace)]),
    ...rows.flatMap((row) => {
      const made = observationEvents(row);
      if (made.problem !== undefined) problems.push(made.problem);
      return made.events;
    }),
  ];
  if (events.length === 0 && problems.length === 0 && !hasNone(value)) return notOne(value);
  const decoded = fromLangfuseBatch({ batch: events }, EPOCH);
  if (!decoded.ok) return { snapshots: [], problems: [decoded.message] };
  return {
    snapshots: decoded.pieces.map(snapshotOfPiece),
    problems: [...problems, ...decoded.rejected.map(({ id, reason }) => (id === "" ? reason : `${id}: ${reason}`))],
  };
}

/** Only for what says no time at all, which rows are refused for. */
const EPOCH = "1970-01-01T00:00:00.000001Z";

/** An empty page, or an envelope whose rows came before it. */
function hasNone(value: JsonRecord): boolean {
  return ["observations", "data", "batch"].some((list) => Array.isArray(value[list]));
}

function notOne(value: unknown): UnitSpans {
  if (isRecord(value)) {
    const fields = Object.keys(value).slice(0, 6).join(", ");
    return {
      snapshots: [],
      problems: [`it is no observation, trace or event of Langfuse: it has the fields ${fields}`],
    };
  }
  return { ...NOTHING, problems: ["a row must be an object"] };
}

function traceEvent(row: JsonRecord): JsonRecord {
  const get = fieldsOf(row);
  const timestamp = instant(get("timestamp"));
  return {
    type: "trace-create",
    timestamp,
    body: {
      id: row.id,
      timestamp,
      name: get("name"),
      sessionId: get("sessionId"),
      userId: get("userId"),
      tags: get("tags"),
      public: get("public"),
      release: get("release"),
      version: get("version"),
      environment: get("environment"),
      input: parsed(get("input")),
      output: parsed(get("output")),
      metadata: parsed(get("metadata")),
    },
  };
}

/** A row of the enriched export says what its trace is, too. */
function observationEvents(row: JsonRecord): { events: JsonRecord[]; problem?: string } {
  const get = fieldsOf(row);
  const startTime = instant(get("startTime"));
  if (parseTimestamp(String(startTime)) === undefined) {
    return {
      events: [],
      problem: `startTime of ${JSON.stringify(row.id ?? null)} must be an instant, got ${said(get("startTime"))}`,
    };
  }
  const timestamp = instant(get("updatedAt")) ?? instant(get("endTime")) ?? startTime;
  const trace = {
    id: get("traceId"),
    name: get("traceName"),
    sessionId: get("sessionId"),
    userId: get("userId"),
    tags: get("tags"),
    release: get("release"),
  };
  const isEnriched = Object.entries(trace).some(([name, value]) => name !== "id" && value !== undefined);
  const body = {
    id: row.id,
    traceId: get("traceId"),
    type: row.type,
    parentObservationId: get("parentObservationId"),
    name: get("name"),
    startTime,
    endTime: instant(get("endTime")),
    completionStartTime: instant(get("completionStartTime")),
    level: get("level"),
    statusMessage: get("statusMessage"),
    model: get("model") ?? get("providedModelName"),
    modelParameters: parsed(get("modelParameters")),
    input: parsed(get("input")),
    output: parsed(get("output")),
    metadata: parsed(get("metadata")),
    usageDetails: usageOf(get),
    costDetails: costOf(get),
    promptName: get("promptName"),
    promptVersion: get("promptVersion"),
    version: get("version"),
    environment: get("environment"),
  };
  return {
    events: [
      ...(isEnriched ? [{ type: "trace-create", timestamp: startTime, body: trace }] : []),
      { id: row.id, type: "observation-create", timestamp, body },
    ],
  };
}

type Get = (name: string) => unknown;

/** By its name in camelCase or in snake_case. Null and an empty text are nothing. */
function fieldsOf(row: JsonRecord): Get {
  return (name) => {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const value = row[name] ?? row[snake];
    return value === null || value === "" ? undefined : value;
  };
}

function usageOf(get: Get): unknown {
  const details = parsed(get("usageDetails"));
  if (isRecord(details) && Object.keys(details).length > 0) return details;
  const usage = parsed(get("usage"));
  if (isRecord(usage)) return usage;
  const counts = {
    input: get("promptTokens") ?? get("inputUsage"),
    output: get("completionTokens") ?? get("outputUsage"),
    total: get("totalTokens") ?? get("totalUsage"),
  };
  const known = Object.entries(counts).filter(([, count]) => typeof count === "number");
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function costOf(get: Get): unknown {
  const details = parsed(get("costDetails"));
  if (isRecord(details) && Object.keys(details).length > 0) return details;
  const total = get("totalCost") ?? get("calculatedTotalCost");
  return typeof total === "number" && total > 0 ? { total } : undefined;
}

/** Blob storage has `2024-05-29 13:46:19.963000`, in UTC. */
function instant(value: unknown): unknown {
  if (typeof value !== "string") return value ?? undefined;
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(value) ? `${value.replace(" ", "T")}Z` : value;
}

/** Payloads may be JSON as text. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function said(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
}
