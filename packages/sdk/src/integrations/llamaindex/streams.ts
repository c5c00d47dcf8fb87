import { types } from "node:util";
import type { Following } from "../../recording/following/followed-span.ts";
import { followIterable, followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, methodOf } from "../../recording/following/members.ts";

export function isStream(value: unknown): value is object {
  return isTouchable(value) && methodOf(value, Symbol.asyncIterator) !== undefined;
}

/** As it is read: what nobody reads ends when it is collected. */
export function followStream(stream: object, followed: Following): void {
  followed.watch(stream);
  const isFollowed = types.isGeneratorObject(stream)
    ? followIterator(stream, followed) === stream
    : followIterable(stream, followed);
  if (!isFollowed) followed.finish();
}
