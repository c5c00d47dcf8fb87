import { MAX_PAYLOAD_DEPTH } from "../limits.ts";
import { isNumberText } from "./number-text.ts";

/** How every refusal of such a payload says it. */
export const TOO_DEEP = `nested too deeply: more than ${MAX_PAYLOAD_DEPTH} containers`;

export interface PayloadFindings {
  /** Containers are nested deeper than `MAX_PAYLOAD_DEPTH`. The rest was not looked at. */
  readonly tooDeep: boolean;
  readonly hasNul: boolean;
}

/**
 * Looks a payload over before anything recurses into it. Iterative: a hostile depth costs memory for the pending
 * containers only, never the stack.
 */
export function inspectPayload(payload: unknown): PayloadFindings {
  const pending: [container: object, depth: number][] = [];
  let hasNul = false;
  /** What is no container needs no second look. */
  const look = (value: unknown, depth: number) => {
    if (typeof value === "string") hasNul ||= value.includes("\0");
    else if (typeof value === "object" && value !== null && !isNumberText(value)) pending.push([value, depth]);
  };
  look(payload, 0);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [container, depth] = next;
    if (depth >= MAX_PAYLOAD_DEPTH) return { tooDeep: true, hasNul };
    for (const key in container) {
      if (!Object.hasOwn(container, key)) continue;
      hasNul ||= key.includes("\0");
      look((container as Record<string, unknown>)[key], depth + 1);
    }
  }
  return { tooDeep: false, hasNul };
}

/** The same payload with U+FFFD in the place of each NUL. Only for payloads that are not too deep. */
export function replaceNul(payload: unknown): unknown {
  if (typeof payload === "string") return payload.replaceAll("\0", "\ufffd");
  if (Array.isArray(payload)) return payload.map(replaceNul);
  if (typeof payload !== "object" || payload === null || isNumberText(payload)) return payload;
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [replaceNul(key), replaceNul(value)]));
}
