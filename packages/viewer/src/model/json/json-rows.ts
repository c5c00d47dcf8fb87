/**
 * A JSON value as lines of a fixed height, for a virtual list: only what is opened becomes lines, and a long string is
 * one line until it is opened, then as many as it needs. So the cost follows what is seen, not the payload's size.
 */
import { isNumberText } from "@everspan/protocol";
import { exposeHidden } from "../text/hostile-text.ts";
import { isContainer } from "./json-shape.ts";

export type JsonRow =
  | {
      readonly kind: "container";
      readonly path: string;
      readonly depth: number;
      readonly label: string | null;
      readonly isArray: boolean;
      readonly size: number;
      readonly isOpen: boolean;
    }
  | {
      readonly kind: "value";
      readonly path: string;
      readonly depth: number;
      readonly label: string | null;
      readonly text: string;
      readonly type: "string" | "number" | "boolean" | "null";
      /** Set for a string too long for one line: its length and whether it is opened. */
      readonly long: { readonly length: number; readonly isOpen: boolean } | null;
    }
  | { readonly kind: "text"; readonly path: string; readonly depth: number; readonly text: string }
  | { readonly kind: "more"; readonly path: string; readonly depth: number; readonly hiddenCount: number };

export interface JsonOpening {
  /** Paths that are not as their depth says: containers are open down to `openDepth`, long strings are closed. */
  readonly toggled: ReadonlySet<string>;
  readonly openDepth: number;
  /** How many items of a container are shown at first, and after "more" was asked for its path. */
  readonly shownItems: ReadonlyMap<string, number>;
}

export const ITEMS_AT_FIRST = 200;
/** A string's first line holds at least this much. */
const MIN_HEAD_LENGTH = 40;
const SEPARATOR = "\u0000";

export const DEFAULT_OPENING: JsonOpening = { toggled: new Set(), openDepth: 2, shownItems: new Map() };

interface Pending {
  readonly value: unknown;
  readonly label: string | null;
  readonly path: string;
  readonly depth: number;
  /** Instead of the value: the line that says how many items are not shown. */
  readonly hiddenCount?: number;
}

/**
 * @param columns how many characters fit in a line of an opened string
 * @param lengthOf of a string: its own, or that of the whole where it is only the beginning of one
 */
export function jsonRows(
  root: unknown,
  opening: JsonOpening,
  columns: number,
  lengthOf: (text: string) => number = (text) => text.length,
): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: Pending[] = [{ value: root, label: null, path: "$", depth: 0 }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.hiddenCount !== undefined) {
      rows.push({ kind: "more", path: item.path, depth: item.depth, hiddenCount: item.hiddenCount });
    } else if (isContainer(item.value)) {
      pushContainer(rows, stack, item, opening);
    } else {
      pushValue(rows, item, opening, { columns, lengthOf });
    }
  }
  return rows;
}

function pushContainer(rows: JsonRow[], stack: Pending[], item: Pending, opening: JsonOpening): void {
  const isArray = Array.isArray(item.value);
  const container = item.value as Readonly<Record<string, unknown>>;
  const keys = isArray ? null : Object.keys(container);
  const size = keys === null ? (item.value as readonly unknown[]).length : keys.length;
  const isOpen = size > 0 && item.depth < opening.openDepth !== opening.toggled.has(item.path);
  const { path, depth, label } = item;
  rows.push({ kind: "container", path, depth, label, isArray, size, isOpen });
  if (!isOpen) return;
  const shown = Math.min(size, opening.shownItems.get(path) ?? ITEMS_AT_FIRST);
  if (shown < size) stack.push({ value: null, label: null, path, depth: depth + 1, hiddenCount: size - shown });
  for (let i = shown - 1; i >= 0; i--) {
    const key = keys === null ? String(i) : keys[i]!;
    stack.push({ value: container[key], label: key, path: `${path}${SEPARATOR}${key}`, depth: depth + 1 });
  }
}

interface TextLayout {
  readonly columns: number;
  readonly lengthOf: (text: string) => number;
}

function pushValue(rows: JsonRow[], item: Pending, opening: JsonOpening, { columns, lengthOf }: TextLayout): void {
  const { path, depth, label, value } = item;
  if (typeof value !== "string") {
    const type =
      typeof value === "number" || isNumberText(value) ? "number" : typeof value === "boolean" ? "boolean" : "null";
    rows.push({ kind: "value", path, depth, label, text: String(value ?? null), type, long: null });
    return;
  }
  const headLength = Math.max(MIN_HEAD_LENGTH, columns - 2 * depth - (label?.length ?? 0) - 14);
  const isLong = value.length > headLength || value.includes("\n");
  const isOpen = isLong && opening.toggled.has(path);
  const long = isLong ? { length: lengthOf(value), isOpen } : null;
  const head = JSON.stringify(value.slice(0, headLength));
  const shown = value.length > headLength ? `${head.slice(0, -1)}…` : head;
  rows.push({ kind: "value", path, depth, label, text: exposeHidden(shown), type: "string", long });
  if (isOpen) for (const text of wrap(value, columns)) rows.push({ kind: "text", path, depth: depth + 1, text });
}

function* wrap(text: string, columns: number): Generator<string> {
  for (const line of text.split("\n")) {
    const shown = exposeHidden(line).replaceAll("\t", "    ");
    for (let at = 0; at === 0 || at < shown.length; at += columns) yield shown.slice(at, at + columns);
  }
}
