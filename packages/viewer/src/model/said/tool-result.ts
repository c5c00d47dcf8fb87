/** The first lines of a tool's answer, for a row. */
import { encodeJson, isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { omittedWords } from "../losses/omitted.ts";
import { singleLine } from "../text/hostile-text.ts";
import { readToolOutput } from "./tool-io.ts";

export interface ResultLines {
  readonly returnCode: number | undefined;
  readonly error: string | undefined;
  readonly lines: readonly string[];
  readonly hiddenLines: number;
}

const MAX_LINES = 6;
const MAX_LINE_LENGTH = 240;
const MAX_LOOKED_AT = 64 * 1024;
const known = new WeakMap<StoredSpan, ResultLines>();

export function resultLines(span: StoredSpan): ResultLines {
  let result = known.get(span);
  if (result === undefined) {
    result = linesOf(span);
    known.set(span, result);
  }
  return result;
}

function linesOf(span: StoredSpan): ResultLines {
  const error = span.error === undefined ? undefined : singleLine(`${span.error.type}: ${span.error.message}`, 300);
  if (isOmittedPayload(span.output)) {
    const lines = [span.output.preview ?? omittedWords(span.output)];
    return { returnCode: undefined, error, lines, hiddenLines: 0 };
  }
  const output = readToolOutput(span.output);
  const text = [...output.texts.map(({ value }) => value), ...output.values.map(valueLine)].join("\n");
  const lines = text
    .slice(0, MAX_LOOKED_AT)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return {
    returnCode: output.returnCode,
    error,
    lines: lines
      .slice(0, MAX_LINES)
      .map((line) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line)),
    hiddenLines: Math.max(0, lines.length - MAX_LINES),
  };
}

function valueLine({ label, value }: { readonly label: string; readonly value: unknown }): string {
  const text = typeof value === "string" ? value : (encodeJson(value) ?? "");
  return `${label}: ${text.slice(0, 4 * MAX_LINE_LENGTH)}`;
}
