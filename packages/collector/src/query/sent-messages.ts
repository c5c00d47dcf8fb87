/** What each model call of a page of spans was sent, as hashes: a history that is sent again at each step stands once. */
import {
  canonicalEncode,
  hash128,
  type SentCall,
  type SentMessage,
  type SentMessagesResponse,
  type StoredSpan,
} from "@everspan/protocol";
import { type Message, messageHash, plainText, readSpan } from "@everspan/reading";

/** @param spans with whole payloads; those that are no model calls are passed over */
export function sentMessages(spans: readonly StoredSpan[]): Omit<SentMessagesResponse, "nextCursor"> {
  const indexes = new Map<string, number>();
  const messages: SentMessage[] = [];
  const indexOf = (message: Message) => {
    const hash = messageHash(message);
    let index = indexes.get(hash);
    if (index === undefined) {
      index = messages.push({ hash, role: message.role, characters: plainText(message).length }) - 1;
      indexes.set(hash, index);
    }
    return index;
  };
  const calls: SentCall[] = [];
  for (const span of spans) {
    const { kind, input, call } = readSpan(span);
    if (kind !== "model" || input.kind !== "read") continue;
    const { tools } = call;
    calls.push({
      spanId: span.id,
      sent: input.value.messages.map(indexOf),
      toolsHash: tools === undefined || tools.length === 0 ? null : hash128(canonicalEncode(tools)),
    });
  }
  return { messages, calls };
}
