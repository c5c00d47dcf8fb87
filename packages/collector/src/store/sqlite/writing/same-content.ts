/**
 * Whether a snapshot is what a row has, told by the row: a delivery that is repeated is compared as columns and as the
 * text of its body, and nothing is put together for that. A no may be wrong (properties in another order, a part that
 * has another number now): then the contents decide.
 */
import type { SpanSnapshot } from "@everspan/protocol";
import type { PayloadSplitter } from "../../payload-blobs.ts";
import { bodyNumber, bodyParts } from "../payloads/body.ts";
import { MissingBlobError } from "../payloads/frame-codec.ts";
import type { WordTable } from "../schema/word-table.ts";
import { type SpanRow, sentColumns } from "./span-row.ts";

const COMPARED = ["start_us", "duration_us", "parent", "task", "name", "type", "status", "service"] as const;

export interface ComparedWith {
  readonly row: SpanRow;
  /** Names parts by the numbers that they have, and adds none. */
  readonly splitter: PayloadSplitter;
  readonly words: WordTable;
  readonly bodyOf: (number: number) => string;
}

/** @param snapshot of the row's phase and revision. @throws SpanRefusedError */
export function hasSameContent(snapshot: SpanSnapshot, { row, splitter, words, bodyOf }: ComparedWith): boolean {
  let text = "";
  const putBody = (body: string) => {
    text = body;
    return 0;
  };
  const sent = sentColumns(snapshot, { splitter, words, putBody }).columns;
  if (!COMPARED.every((column) => isEqual(sent[column], row[column]))) return false;
  if (sent.body === null || row.body === null) return sent.body === row.body;
  return bodyParts(sent.body) === bodyParts(row.body) && text === textOf(row.body, bodyOf);
}

function isEqual(a: SpanRow[keyof SpanRow], b: SpanRow[keyof SpanRow]): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
}

/** Undefined when it was lost. */
function textOf(column: number, bodyOf: (number: number) => string): string | undefined {
  try {
    return bodyOf(bodyNumber(column));
  } catch (error) {
    if (error instanceof MissingBlobError) return undefined;
    throw error;
  }
}
