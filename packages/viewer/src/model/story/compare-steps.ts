/** Two model calls, wherever they stand: what the second was sent besides, no longer, or in other words. */
import { type Message, messageHash, plainText } from "@everspan/reading";
import { compareConversations } from "../said/novelty.ts";

export type SentPair =
  | { readonly kind: "added"; readonly message: Message }
  | { readonly kind: "removed"; readonly message: Message }
  | { readonly kind: "rewritten"; readonly before: Message; readonly after: Message };

export interface StepComparison {
  /** Messages that both were sent. */
  readonly sharedCount: number;
  /** In the order of the second call; what was removed stands before what follows it. */
  readonly pairs: readonly SentPair[];
}

/** Words in common, of the shorter one's, from which on a message is another's new wording. */
const REWRITTEN_SHARE = 0.4;

/**
 * A message that is gone and one of the same role that is new are one message rewritten when they share many words, or
 * are both the only instructions.
 */
export function compareSteps(a: readonly Message[], b: readonly Message[]): StepComparison {
  const { sentBefore, dropped, newCount } = compareConversations(a, b);
  const gone = [...dropped];
  const pairs: SentPair[] = [];
  b.forEach((message, index) => {
    if (sentBefore[index] === true) return;
    const at = gone.findIndex((candidate) => isRewording(candidate, message));
    if (at < 0) pairs.push({ kind: "added", message });
    else pairs.push({ kind: "rewritten", before: gone.splice(at, 1)[0]!, after: message });
  });
  const removed = gone.map((message): SentPair => ({ kind: "removed", message }));
  return { sharedCount: b.length - newCount, pairs: [...removed, ...pairs] };
}

function isRewording(before: Message, after: Message): boolean {
  if (before.role !== after.role || messageHash(before) === messageHash(after)) return false;
  if (before.role === "system") return true;
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const fewer = a.size < b.size ? a : b;
  const more = fewer === a ? b : a;
  if (fewer.size === 0) return false;
  let shared = 0;
  for (const word of fewer) if (more.has(word)) shared++;
  return shared / fewer.size >= REWRITTEN_SHARE;
}

/** Of long messages the beginning: it tells as much. */
function wordsOf(message: Message): ReadonlySet<string> {
  return new Set(
    plainText(message)
      .slice(0, 4000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]{3,}/gu) ?? [],
  );
}
