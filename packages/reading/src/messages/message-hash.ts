import { canonicalEncode, hash128 } from "@everspan/protocol";
import type { Message } from "../form/message.ts";

const HASHES = new WeakMap<Message, string>();

/**
 * Equal for messages that say the same: role and parts, whatever the provider, the position or the keys' order. What
 * a message has in `rest`, its id and its finish reason don't count: a reply comes back without them in the next call.
 */
export function messageHash(message: Message): string {
  let hash = HASHES.get(message);
  if (hash === undefined) {
    const parts = message.parts.map(({ kind, ...part }) => ({ kind, ...part, rest: undefined }));
    hash = hash128(canonicalEncode({ role: message.role, parts }));
    HASHES.set(message, hash);
  }
  return hash;
}
