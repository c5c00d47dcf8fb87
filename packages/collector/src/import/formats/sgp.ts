/** Scale GenAI Platform's spans: batches, pages of its search, or one span a line. */
import { canonicalEncode, fromAgentexSpan, fromSgpItem, hash128 } from "@everspan/protocol";
import { decodeAll, type ImportFormat, isRecord, type JsonRecord, listAt } from "../import-format.ts";

const isItem = (value: unknown): value is JsonRecord =>
  isRecord(value) && "trace_id" in value && "start_timestamp" in value;
const isAgentexSpan = (value: unknown): value is JsonRecord =>
  isRecord(value) && "trace_id" in value && "name" in value && "start_time" in value && !("type" in value);

export const sgpFormat: ImportFormat = {
  name: "SGP JSON",
  looks: '{"items": [{"trace_id", "name", "start_timestamp", …}]}',
  recognises: (value, { under }) =>
    (under === "items" || under === undefined) && (isItem(value) || isItem(itemsOf(value)[0])),
  open: () => ({
    hasMemory: false,
    read: (value, { isEmptied }) =>
      isEmptied === true
        ? { snapshots: [] }
        : decodeAll(isRecord(value) && !isItem(value) && "items" in value ? itemsOf(value) : [value], (item) =>
            fromSgpItem(withId(item)),
          ),
  }),
};

export const agentexFormat: ImportFormat = {
  name: "Agentex JSON",
  looks: '[{"trace_id", "name", "start_time", …}]',
  recognises: (value, { under }) => under === undefined && isAgentexSpan(value),
  open: () => ({
    hasMemory: false,
    read: (value) => decodeAll([value], (span) => fromAgentexSpan(withId(span))),
  }),
};

function itemsOf(value: unknown): readonly unknown[] {
  return listAt(value, "items");
}

/** A span without an id gets one of its content, so that a second import finds it again. */
function withId(item: unknown): unknown {
  if (!isRecord(item) || (item.id !== undefined && item.id !== null)) return item;
  const hex = hash128(canonicalEncode(item));
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  return { ...item, id };
}
