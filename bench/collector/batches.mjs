/** Batches of small spans as an agent's steps are without their conversation: 20 a trace, about 300 bytes on the wire. */

export const SPANS_PER_BATCH = 200;
const SPANS_PER_TRACE = 20;
const NAMES = ["plan", "search", "read_file", "chat", "summarize"];

/** @returns the request of a batch of one dialect: `sgp` or `native` */
export function requestOf(dialect, batch) {
  return dialect === "sgp" ? sgpRequest(batch) : nativeRequest(batch);
}

function sgpRequest(batch) {
  const items = numbersOf(batch).map((number) => {
    const { id, traceId, name, type, startTime, endTime, input, output, step } = spanOf(number);
    return {
      id,
      trace_id: traceId,
      name,
      type,
      start_timestamp: startTime,
      end_timestamp: endTime,
      input,
      output,
      metadata: { step },
    };
  });
  return { method: "PUT", path: "/v5/spans/batch", body: JSON.stringify({ items }) };
}

function nativeRequest(batch) {
  const spans = numbersOf(batch).map((number) => {
    const { step, ...span } = spanOf(number);
    return { phase: "ended", revision: 1, ...span, status: "OK", data: { step } };
  });
  return {
    method: "POST",
    path: "/v1/everspan/batch",
    body: JSON.stringify({ format: "everspan/1", blobs: {}, spans }),
  };
}

function numbersOf(batch) {
  return Array.from({ length: SPANS_PER_BATCH }, (_, index) => batch * SPANS_PER_BATCH + index);
}

export function spanOf(number) {
  const trace = Math.floor(number / SPANS_PER_TRACE);
  const step = number % SPANS_PER_TRACE;
  const startMs = Date.UTC(2026, 0, 31) + trace * 1000 + step * 40;
  return {
    id: uuidOf(number + 1),
    traceId: hexOf(trace + 1).repeat(2),
    ...(step > 0 && { parentId: uuidOf(number + 1 - step) }),
    name: NAMES[number % NAMES.length],
    type: number % NAMES.length === 3 ? "COMPLETION" : "CODE_EXECUTION",
    startTime: new Date(startMs).toISOString().replace("Z", "000Z"),
    endTime: new Date(startMs + 20 + (number % 17)).toISOString().replace("Z", "000Z"),
    input: { query: `weather in city ${number}` },
    output: { hits: number % 7 },
    step,
  };
}

/** Spread over all values, as ids are. */
function hexOf(number) {
  let hash = BigInt(number) * 0x9e3779b97f4a7c15n;
  hash = BigInt.asUintN(64, hash ^ (hash >> 29n));
  return BigInt.asUintN(64, hash * 0xbf58476d1ce4e5b9n)
    .toString(16)
    .padStart(16, "0");
}

function uuidOf(number) {
  const digits = hexOf(number) + hexOf(number + 2 ** 40);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
