import {
  ACP_TYPE_KEY,
  AGENT_ID_KEY,
  AGENT_NAME_KEY,
  EVERSPAN_MARKER_KEY,
  SOURCE_AGENTEX,
  SOURCE_KEY,
} from "../attribute-names.ts";
import { MAX_REVISION } from "../limits.ts";
import { isJsonObject, setOwn } from "../payload/json-object.ts";
import type { ServiceInfo, SpanSnapshot, SpanStatus } from "../span-snapshot.ts";

/**
 * SGP and Agentex have one bag of metadata per span and no room for a revision, a service, or a payload that is not
 * an object. What they can't say goes into that bag under one reserved key, the marker: other servers store it as plain
 * metadata, our own collector restores the exact snapshot from it. Each reserved key that was written is listed
 * (`added`), and what the application itself had under such a key is kept (`shadowed`).
 */
export interface SpanMarker {
  readonly v: 1;
  readonly revision: number;
  /** Keys of the bag that are not the application's. */
  readonly added: readonly string[];
  readonly shadowed?: Readonly<Record<string, unknown>>;
  /** The snapshot has no `data` at all, which is not the same as an empty one. */
  readonly noData?: true;
  /** Payloads that travel as `{value: payload}`. */
  readonly wrapped?: readonly PayloadField[];
  readonly status?: SpanStatus;
  readonly taskId?: string;
  readonly service?: Pick<ServiceInfo, "name" | "version">;
  readonly obs?: SpanSnapshot["obs"];
  readonly stack?: string;
}

export type PayloadField = "input" | "output";

/** What a codec adds to the marker beyond what every marker has. */
export type MarkerExtras = Partial<Pick<SpanMarker, "wrapped" | "status" | "taskId" | "obs">>;

/** The bag: the application's data, the dialect's reserved keys and the marker. Values are shared, not copied. */
export function packMetadata(
  snapshot: SpanSnapshot,
  dialectKeys: Readonly<Record<string, unknown>>,
  extras: MarkerExtras,
): Record<string, unknown> {
  const { data, service, error } = snapshot;
  const agent = agentKeys(service);
  const metadata: Record<string, unknown> = { ...data, ...agent, ...dialectKeys };
  const added = [...Object.keys(agent), ...Object.keys(dialectKeys), EVERSPAN_MARKER_KEY];
  metadata[EVERSPAN_MARKER_KEY] = definedOf<SpanMarker>({
    v: 1,
    revision: snapshot.revision,
    added,
    shadowed: data === undefined ? undefined : shadowedBy(added, data),
    noData: data === undefined ? true : undefined,
    service: service === undefined ? undefined : definedOf({ name: service.name, version: service.version }),
    stack: error?.stack,
    wrapped: extras.wrapped,
    status: extras.status,
    taskId: extras.taskId,
    obs: extras.obs,
  });
  return metadata;
}

/** Bags that were packed last, one for started and one for ended spans. */
const plainBags: [PlainBag | undefined, PlainBag | undefined] = [undefined, undefined];

interface PlainBag {
  readonly revision: number;
  readonly service: ServiceInfo | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * The bag of a span of which the dialect has nothing to say. Without data of its own it says who recorded it and its
 * revision: then the spans of one process share one bag. Do not change the result.
 */
export function packPlainMetadata(snapshot: SpanSnapshot): Readonly<Record<string, unknown>> {
  const { data, revision, service, phase, error } = snapshot;
  if (data !== undefined || error !== undefined) return packMetadata(snapshot, NO_KEYS, {});
  const place = phase === "ended" ? 1 : 0;
  const last = plainBags[place];
  if (last !== undefined && last.revision === revision && isSameService(last.service, service)) return last.metadata;
  const metadata = Object.freeze(packMetadata(snapshot, NO_KEYS, {}));
  plainBags[place] = { revision, service: service === undefined ? undefined : { ...service }, metadata };
  return metadata;
}

function isSameService(a: ServiceInfo | undefined, b: ServiceInfo | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.name === b.name &&
    a.version === b.version &&
    a.agentName === b.agentName &&
    a.agentId === b.agentId &&
    a.acpType === b.acpType
  );
}

function shadowedBy(added: readonly string[], data: Readonly<Record<string, unknown>>) {
  const shadowed: Record<string, unknown> = {};
  let isAny = false;
  for (const key of added) {
    if (!Object.hasOwn(data, key)) continue;
    shadowed[key] = data[key];
    isAny = true;
  }
  return isAny ? shadowed : undefined;
}

/** The marker of a bag, or undefined when the bag has none that this version understands. */
export function readMarker(metadata: Readonly<Record<string, unknown>>): SpanMarker | undefined {
  if (!Object.hasOwn(metadata, EVERSPAN_MARKER_KEY)) return undefined;
  const value = metadata[EVERSPAN_MARKER_KEY];
  return isMarker(value) ? value : undefined;
}

/** The application's own data: reserved keys taken out, shadowed ones put back in their place. */
export function unpackData(
  metadata: Readonly<Record<string, unknown>>,
  marker: SpanMarker,
): Record<string, unknown> | undefined {
  if (marker.noData === true) return undefined;
  const added = new Set(marker.added);
  const data: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (!added.has(key)) setOwn(data, key, value);
    else if (marker.shadowed !== undefined && Object.hasOwn(marker.shadowed, key)) data[key] = marker.shadowed[key];
  }
  return data;
}

/** Who recorded the span: agent keys are the dialects' own, name and version are in the marker. */
export function unpackService(
  metadata: Readonly<Record<string, unknown>>,
  marker: SpanMarker | undefined,
): ServiceInfo | undefined {
  const ownKey = (key: string) =>
    marker === undefined || marker.added.includes(key) ? textOf(metadata, key) : undefined;
  const service = definedOf<ServiceInfo>({
    ...marker?.service,
    agentName: ownKey(AGENT_NAME_KEY),
    agentId: ownKey(AGENT_ID_KEY),
    acpType: ownKey(ACP_TYPE_KEY),
  });
  return marker?.service !== undefined || Object.keys(service).length > 0 ? service : undefined;
}

/** The payload as it was before wrapping. */
export function unwrapPayload(field: PayloadField, payload: unknown, marker: SpanMarker | undefined): unknown {
  const isWrapped = marker?.wrapped?.includes(field) === true;
  return isWrapped && isJsonObject(payload) && Object.hasOwn(payload, "value") ? payload.value : payload;
}

/** An own property that is a string. */
export function textOf(metadata: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/**
 * The same object without the properties that are undefined. Names are the caller's own, never from outside. A plain
 * loop: this runs several times a span, and lists of entries cost several times as much.
 */
export function definedOf<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  const defined: Partial<T> = {};
  for (const key in value) {
    const property = value[key];
    if (property !== undefined) defined[key] = property;
  }
  return defined as T;
}

const NO_KEYS: Readonly<Record<string, string>> = {};

function agentKeys(service: ServiceInfo | undefined): Readonly<Record<string, string>> {
  if (service === undefined) return NO_KEYS;
  const { agentName, agentId, acpType } = service;
  if (agentName === undefined && agentId === undefined && acpType === undefined) return NO_KEYS;
  return {
    [SOURCE_KEY]: SOURCE_AGENTEX,
    ...(agentName !== undefined && { [AGENT_NAME_KEY]: agentName }),
    ...(agentId !== undefined && { [AGENT_ID_KEY]: agentId }),
    ...(acpType !== undefined && { [ACP_TYPE_KEY]: acpType }),
  };
}

/** Anybody may send the key: a marker with any field out of shape is somebody else's data. */
function isMarker(value: unknown): value is SpanMarker {
  if (!isJsonObject(value)) return false;
  const { v, revision, added, shadowed, wrapped, status, taskId, service, obs, stack } = value;
  return (
    v === 1 &&
    isRevision(revision) &&
    isTextList(added) &&
    (shadowed === undefined || isJsonObject(shadowed)) &&
    (wrapped === undefined || isTextList(wrapped)) &&
    (status === undefined || status === "OK" || status === "ERROR" || status === "CANCELED") &&
    isOptionalText(taskId) &&
    (service === undefined || isTextRecord(service)) &&
    (obs === undefined || (isTextRecord(obs) && isObs(obs))) &&
    isOptionalText(stack)
  );
}

export function isRevision(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_REVISION;
}

/** 32 and 16 lowercase hex digits. */
export function isObs(obs: { readonly traceId?: unknown; readonly spanId?: unknown }): boolean {
  return /^[0-9a-f]{32}$/.test(String(obs.traceId)) && /^[0-9a-f]{16}$/.test(String(obs.spanId));
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === "string");
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
