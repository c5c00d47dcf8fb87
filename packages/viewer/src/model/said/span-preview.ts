/** A few words of what a span did, for its row: the command of a tool, the reply of a model. Only what is already here. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { plainText } from "@everspan/reading";
import { singleLine } from "../text/hostile-text.ts";
import { spanKind } from "../trace/span-kind.ts";
import { repliesOf } from "./reading.ts";
import { argumentsLine } from "./tool-io.ts";

const MAX_LENGTH = 160;
const previews = new WeakMap<StoredSpan, string>();

/** @returns an empty string when there is nothing to say */
export function spanPreview(span: StoredSpan): string {
  let preview = previews.get(span);
  if (preview === undefined) {
    const text = previewText(span);
    preview = singleLine(text.slice(0, 2 * MAX_LENGTH).trim(), MAX_LENGTH);
    previews.set(span, preview);
  }
  return preview;
}

/** What it did comes before what it failed with: the error has a mark of its own. */
function previewText(span: StoredSpan): string {
  const kind = spanKind(span.type);
  const did = kind === "model" ? replyLine(span) : kind === "tool" || kind === "retrieval" ? inputLine(span) : "";
  if (did !== "" || span.error === undefined) return did;
  return span.error.message || span.error.type;
}

function replyLine(span: StoredSpan): string {
  if (isOmittedPayload(span.output)) return span.output.preview ?? "";
  const [reply] = repliesOf(span);
  if (reply === undefined) return "";
  const call = reply.parts.find((part) => part.kind === "toolCall");
  return plainText(reply) || (call === undefined ? "" : `→ ${call.name} ${argumentsLine(call.arguments)}`);
}

function inputLine(span: StoredSpan): string {
  return isOmittedPayload(span.input) ? (span.input.preview ?? "") : argumentsLine(span.input);
}
