/**
 * Agents send their whole conversation again at each step. This tells what a model call sent for the first time from
 * what the call before it had sent already, also when the history in between was shortened or rewritten.
 */
import type { Message } from "./message.ts";

export interface Novelty {
  /** For each message of the later call: whether the earlier call had sent it too. */
  readonly sentBefore: readonly boolean[];
  readonly newCount: number;
  /** Messages of the earlier call that the later one no longer sends: the history was shortened or rewritten. */
  readonly droppedCount: number;
}

/** Messages keep their order between two calls, so one forward pass pairs the equal ones. */
export function compareConversations(earlier: readonly Message[], later: readonly Message[]): Novelty {
  const sentBefore: boolean[] = [];
  let next = 0;
  let paired = 0;
  for (const message of later) {
    const found = indexOfEqual(earlier, message, next);
    sentBefore.push(found >= 0);
    if (found < 0) continue;
    next = found + 1;
    paired++;
  }
  return { sentBefore, newCount: later.length - paired, droppedCount: earlier.length - paired };
}

function indexOfEqual(messages: readonly Message[], message: Message, from: number): number {
  for (let i = from; i < messages.length; i++) {
    if (messages[i]!.role === message.role && isDeepEqual(messages[i]!.raw, message.raw)) return i;
  }
  return -1;
}

/** Equality of JSON values. A loop, not a recursion: a payload may be nested as deep as its writer liked. */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  const pending: [unknown, unknown][] = [[a, b]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
    if (Array.isArray(left) !== Array.isArray(right)) return false;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    for (const key of keys) {
      if (!Object.hasOwn(right, key)) return false;
      pending.push([(left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]]);
    }
  }
  return true;
}
