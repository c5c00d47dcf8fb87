/** Spans of many traces: costs, durations, services and failures are spread, and one trace in a thousand has what is rare. */

export const START_MS = Date.UTC(2026, 0, 1);

export function spanOf(number, perTrace) {
  const trace = Math.floor(number / perTrace);
  const step = Number.isFinite(perTrace) ? number - trace * perTrace : number;
  const startMs = START_MS + trace * 7000 + step * 40;
  const isRare = trace % 1000 === 7;
  const isModel = step % 3 === 1;
  const isFailed = trace % 50 === 3 && step === perTrace - 1;
  return {
    phase: "ended",
    revision: 1,
    traceId: traceIdOf(trace),
    id: idOf(number),
    ...(step > 0 && { parentId: idOf(number - step) }),
    name: step === 0 ? (isRare ? "rare errand" : `agent ${trace % 40}`) : `step ${step % 12}`,
    type: isModel ? "COMPLETION" : "CODE_EXECUTION",
    startTime: timeOf(startMs),
    endTime: timeOf(startMs + 10 + ((trace * 7919) % 900)),
    status: isFailed ? "ERROR" : "OK",
    ...(isFailed && { error: { type: "TimeoutError", message: "no answer" } }),
    input: { query: `weather in city ${number % 5000}${isRare ? " quokka" : ""}` },
    output: { hits: number % 7 },
    data: {
      session_id: `session-${trace >> 2}`,
      user_id: `user-${trace % 997}`,
      ...(step === 0 && { tags: [`tag-${trace % 7}`], environment: trace % 3 === 0 ? "staging" : "production" }),
      ...(isModel && { model: `model-${trace % 9}`, usage: { input_tokens: trace % 4001, output_tokens: 40 } }),
      ...(isModel && { cost_usd: (trace % 300) / 10_000 }),
    },
    service: { name: isRare ? "rare" : `service-${trace % 5}` },
  };
}

export function traceIdOf(trace) {
  return hexOf(trace + 1).repeat(2);
}

export function idOf(number) {
  return hexOf(number + 2 ** 40);
}

function timeOf(ms) {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** Spread over all values, as ids are. */
function hexOf(number) {
  let hash = BigInt.asUintN(64, BigInt(number) * 0x9e3779b97f4a7c15n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 29n)) * 0xbf58476d1ce4e5b9n);
  return hash.toString(16).padStart(16, "0");
}
