import type { SpanSnapshot } from "@everspan/protocol";
import { failure, type Run, spansOf } from "./run.ts";

export interface StructureOptions {
  /** How a span is written. Default: its name, its type, and its status unless it is `OK`. */
  readonly describe?: ((span: SpanSnapshot) => string) | undefined;
  /** Orders siblings by their text rather than by when they began: for what runs at the same time. Default false. */
  readonly sorted?: boolean | undefined;
}

/** A run as an indented tree, without ids and times: the same run is the same text. For snapshots of tests. */
export function structureOf(run: Run, { describe = described, sorted = false }: StructureOptions = {}): string {
  const spans = spansOf(run);
  const known = new Set(spans.map(({ id }) => id));
  const children = new Map<string | undefined, SpanSnapshot[]>();
  for (const span of spans) {
    const parentId = span.parentId !== undefined && known.has(span.parentId) ? span.parentId : undefined;
    const siblings = children.get(parentId) ?? [];
    children.set(parentId, siblings);
    siblings.push(span);
  }
  const blocks = (parentId: string | undefined): string[][] => {
    const written = (children.get(parentId) ?? []).map((span) => [
      describe(span),
      ...blocks(span.id).flatMap((lines) => lines.map((line) => `  ${line}`)),
    ]);
    return sorted ? written.sort((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1)) : written;
  };
  return blocks(undefined).flat().join("\n");
}

function described({ name, type, status, phase }: SpanSnapshot): string {
  const state = phase === "ended" ? (status === "OK" ? "" : ` ${status}`) : " not ended";
  return `${name} [${type}]${state}`;
}

/**
 * @param expected as `structureOf` writes it; may be indented as a whole
 * @throws AssertionError that has both texts
 */
export function assertStructure(run: Run, expected: string, options?: StructureOptions): void {
  const actual = structureOf(run, options);
  const wanted = dedented(expected);
  if (actual !== wanted) {
    throw failure(`expected the structure\n${wanted}\nbut the run has\n${actual}`, { actual, expected: wanted });
  }
}

function dedented(text: string): string {
  const lines = text.replace(/^[ \t]*\n|\n[ \t]*$/g, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent).trimEnd()).join("\n");
}
