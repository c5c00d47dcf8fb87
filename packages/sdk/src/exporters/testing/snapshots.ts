import type { SpanSnapshot } from "@everspan/protocol";

/** An ended snapshot, with what the test cares for. */
export function ended(fields: Partial<SpanSnapshot> = {}): SpanSnapshot {
  return Object.freeze({
    phase: "ended",
    revision: 2,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    name: "search",
    type: "CODE_EXECUTION",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    status: "OK",
    ...fields,
  });
}

/** The same span while it runs. */
export function started(fields: Partial<SpanSnapshot> = {}): SpanSnapshot {
  const { endTime: _, ...running } = ended({ phase: "started", revision: 1, ...fields });
  return Object.freeze(running);
}

export const ATTEMPT = { signal: new AbortController().signal, attempt: 1 };
