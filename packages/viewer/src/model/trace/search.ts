/**
 * Search within one run, over all that its rows show and its payloads say, as far as they came with it: every word must
 * occur in a span.
 */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { isContainer } from "../json/json-shape.ts";
import { spanPreview } from "../said/span-preview.ts";
import { spanTypeLabel } from "./span-kind.ts";
import type { SpanTree } from "./span-tree.ts";
import { runWhole, type Steps } from "./steps.ts";

const SPANS_A_STEP = 500;
/** Of one span. What is longer was left out of the trace's answer anyway. */
const MAX_TEXT_LENGTH = 32 * 1024;

/** @returns indexes of the matching nodes, ascending; none for an empty query */
export function findSpans(tree: SpanTree, query: string): readonly number[] {
  return runWhole(searchSteps(tree, query));
}

export function* searchSteps(tree: SpanTree, query: string): Steps<readonly number[]> {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const matches: number[] = [];
  for (const node of tree.nodes) {
    const text = searchTextOf(node.span);
    if (words.every((word) => text.includes(word))) matches.push(node.index);
    if (node.index % SPANS_A_STEP === 0) yield;
  }
  return matches;
}

/** Made once a span: typing a word asks for it at each letter. */
const texts = new WeakMap<StoredSpan, string>();

function searchTextOf(span: StoredSpan): string {
  let text = texts.get(span);
  if (text === undefined) {
    const error = span.error ? `${span.error.type}\n${span.error.message}` : "";
    const head = [span.name, span.type, spanTypeLabel(span.type), span.model ?? "", span.id, span.status, error];
    const payloads = [span.input, span.output, span.data].map(payloadText);
    text = [...head, spanPreview(span), ...payloads].join("\n").toLowerCase();
    texts.set(span, text);
  }
  return text;
}

/** Its strings and numbers, keys among them. */
function payloadText(payload: unknown): string {
  if (payload === undefined || payload === null || isOmittedPayload(payload)) return "";
  const parts: string[] = [];
  let length = 0;
  const pending: unknown[] = [payload];
  while (pending.length > 0 && length < MAX_TEXT_LENGTH) {
    const value = pending.pop();
    if (isContainer(value)) {
      if (!Array.isArray(value)) parts.push(Object.keys(value).join("\n"));
      pending.push(...Object.values(value).slice(0, 1000));
    } else if (value !== null && value !== undefined) {
      const text = String(value).slice(0, MAX_TEXT_LENGTH);
      parts.push(text);
      length += text.length;
    }
  }
  return parts.join("\n");
}
