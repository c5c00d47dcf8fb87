/**
 * What changed under an agent between two of its calls: other instructions, other tools, a history that was rewritten or
 * cut. Told by the hashes of what each call was sent, so that no payload is loaded for it.
 */
import type { SentCall, SentMessage } from "@everspan/protocol";

/** What one call was sent. */
export interface Sent {
  readonly messages: readonly SentMessage[];
  readonly toolsHash: string | null;
}

export type SentBySpan = ReadonlyMap<string, Sent>;

export interface HistoryChange {
  /** Characters of the instructions before and now; null when they are the same. */
  readonly system: { readonly before: number; readonly now: number } | null;
  readonly hasOtherTools: boolean;
  /** Messages that the call before was sent and this one is not, and how many of both there are; null when none is gone. */
  readonly rewritten: { readonly gone: number; readonly before: number; readonly now: number } | null;
}

export function sentBySpan(
  pages: readonly { messages: readonly SentMessage[]; calls: readonly SentCall[] }[],
): SentBySpan {
  const all = new Map<string, Sent>();
  for (const { messages, calls } of pages) {
    for (const { spanId, sent, toolsHash } of calls) {
      all.set(spanId, { toolsHash, messages: sent.flatMap((index) => messages[index] ?? []) });
    }
  }
  return all;
}

/** @returns null when nothing did, or nothing is known */
export function historyChange(before: Sent | undefined, now: Sent | undefined): HistoryChange | null {
  if (before === undefined || now === undefined) return null;
  const system = systemChange(before.messages, now.messages);
  const rewritten = rewrittenHistory(before.messages, now.messages);
  const hasOtherTools = before.toolsHash !== now.toolsHash;
  return system === null && rewritten === null && !hasOtherTools ? null : { system, rewritten, hasOtherTools };
}

function systemChange(before: readonly SentMessage[], now: readonly SentMessage[]): HistoryChange["system"] {
  const [a, b] = [before.filter(isSystem), now.filter(isSystem)];
  if (a.map(({ hash }) => hash).join() === b.map(({ hash }) => hash).join()) return null;
  const length = (messages: readonly SentMessage[]) => messages.reduce((sum, { characters }) => sum + characters, 0);
  return { before: length(a), now: length(b) };
}

/** Each message of the call before must stand in this one as often. */
function rewrittenHistory(before: readonly SentMessage[], now: readonly SentMessage[]): HistoryChange["rewritten"] {
  const left = new Map<string, number>();
  for (const { hash } of now) left.set(hash, (left.get(hash) ?? 0) + 1);
  const spoken = before.filter((message) => !isSystem(message));
  let gone = 0;
  for (const { hash } of spoken) {
    const count = left.get(hash) ?? 0;
    if (count === 0) gone++;
    else left.set(hash, count - 1);
  }
  if (gone === 0) return null;
  return { gone, before: spoken.length, now: now.filter((message) => !isSystem(message)).length };
}

function isSystem({ role }: SentMessage): boolean {
  return role === "system";
}
