/**
 * Content-addressed payloads: a payload is kept as JSON text in which every large part is replaced by the name of a
 * blob, and a blob's content is again such text. Equal parts have equal names, so a conversation that is sent again at
 * each step with two messages more costs the two messages.
 *
 * A reference is U+0001 and the name. `JSON.stringify` escapes control characters, so U+0001 stands nowhere else and
 * putting the parts back is plain text replacement: byte for byte what `JSON.stringify` gave.
 *
 * A list of n large items would still cost n references at each step. So full runs of `RUN_LENGTH` items become a
 * blob (a piece of list, `a,b,c`) themselves, and runs of runs again: a grown list shares all but its last runs.
 */
import { hash } from "node:crypto";

const REFERENCE = "\u0001";
/** 128 bits in base64url. */
const NAME_LENGTH = 22;
const RUN_LENGTH = 16;
const SPLIT_BYTES = 256;

export interface SplitPayload {
  /** JSON text with references. */
  readonly text: string;
  /** Size of the whole payload as JSON, in UTF-8 bytes. */
  readonly bytes: number;
}

export interface BlobSink {
  put(name: string, content: string): void;
}

/** @param value JSON as parsed; no deeper than `MAX_PAYLOAD_DEPTH`, since this recurses */
export function splitPayload(value: unknown, sink: BlobSink): SplitPayload {
  if (typeof value === "string") return splitString(value, sink);
  if (typeof value !== "object" || value === null) return plain(JSON.stringify(value) ?? "null");
  return Array.isArray(value) ? splitArray(value, sink) : splitObject(value as Record<string, unknown>, sink);
}

/** The payload's JSON with every blob back in its place. */
export function joinPayload(text: string, blobOf: (name: string) => string): string {
  let at = text.indexOf(REFERENCE);
  if (at === -1) return text;
  let joined = "";
  let from = 0;
  while (at !== -1) {
    const end = at + REFERENCE.length + NAME_LENGTH;
    joined += text.slice(from, at) + joinPayload(blobOf(text.slice(at + REFERENCE.length, end)), blobOf);
    from = end;
    at = text.indexOf(REFERENCE, from);
  }
  return joined + text.slice(from);
}

function splitString(value: string, sink: BlobSink): SplitPayload {
  return asBlobIfLarge(plain(JSON.stringify(value)), sink);
}

function splitArray(items: readonly unknown[], sink: BlobSink): SplitPayload {
  let parts = items.map((item) => splitPayload(item, sink));
  while (parts.length > RUN_LENGTH && sizeOf(parts) > SPLIT_BYTES) {
    const runs = inRuns(parts, sink);
    if (runs.length === parts.length) break;
    parts = runs;
  }
  return asBlobIfLarge(wrap("[", joinParts(parts), "]"), sink);
}

/** Full runs become one part each; the rest stays, so that the next item changes nothing before it. */
function inRuns(parts: readonly SplitPayload[], sink: BlobSink): SplitPayload[] {
  const full = parts.length - (parts.length % RUN_LENGTH);
  const runs: SplitPayload[] = [];
  for (let i = 0; i < full; i += RUN_LENGTH) {
    runs.push(asBlobIfLarge(joinParts(parts.slice(i, i + RUN_LENGTH)), sink));
  }
  return [...runs, ...parts.slice(full)];
}

function splitObject(value: Record<string, unknown>, sink: BlobSink): SplitPayload {
  const parts: SplitPayload[] = [];
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue;
    const part = splitPayload(value[key], sink);
    const name = `${JSON.stringify(key)}:`;
    parts.push({ text: name + part.text, bytes: Buffer.byteLength(name) + part.bytes });
  }
  return asBlobIfLarge(wrap("{", joinParts(parts), "}"), sink);
}

function asBlobIfLarge(part: SplitPayload, sink: BlobSink): SplitPayload {
  if (part.text.length <= SPLIT_BYTES) return part;
  const name = hash("sha256", part.text, "buffer").toString("base64url", 0, 16);
  sink.put(name, part.text);
  return { text: REFERENCE + name, bytes: part.bytes };
}

function plain(text: string): SplitPayload {
  return { text, bytes: Buffer.byteLength(text) };
}

function joinParts(parts: readonly SplitPayload[]): SplitPayload {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, Math.max(0, parts.length - 1));
  return { text: parts.map((part) => part.text).join(","), bytes };
}

function wrap(open: string, part: SplitPayload, close: string): SplitPayload {
  return { text: open + part.text + close, bytes: part.bytes + 2 };
}

function sizeOf(parts: readonly SplitPayload[]): number {
  return parts.reduce((sum, part) => sum + part.text.length, 0);
}
