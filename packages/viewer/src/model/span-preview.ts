/** A few words of what a span did, for its row: the command of a tool, the reply of a model. Only what is already here. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { plainText } from "./conversation/message.ts";
import { parseReply } from "./conversation/parse-messages.ts";
import { singleLine } from "./hostile-text.ts";
import { spanKind } from "./span-kind.ts";
import { readToolInput } from "./tool-io.ts";

const MAX_LENGTH = 120;
const previews = new WeakMap<StoredSpan, string>();

/** @returns an empty string when there is nothing to say */
export function spanPreview(span: StoredSpan): string {
  let preview = previews.get(span);
  if (preview === undefined) {
    preview = singleLine(
      previewText(span)
        .slice(0, 2 * MAX_LENGTH)
        .trim(),
      MAX_LENGTH,
    );
    previews.set(span, preview);
  }
  return preview;
}

function previewText(span: StoredSpan): string {
  if (span.error !== undefined) return span.error.message || span.error.type;
  const kind = spanKind(span.type);
  if (kind === "tool" && !isOmittedPayload(span.input)) return readToolInput(span.input).command?.value ?? "";
  if (kind === "model" && !isOmittedPayload(span.output)) {
    const [reply] = parseReply(span.output) ?? [];
    if (reply === undefined) return "";
    const call = reply.parts.find((part) => part.kind === "toolCall");
    return plainText(reply) || (call === undefined ? "" : `→ ${call.name}`);
  }
  return "";
}
