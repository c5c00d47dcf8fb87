/**
 * Agents send their whole conversation again at each step. This tells what a model call sent for the first time from
 * what the call before it had sent already, also when the history in between was shortened or rewritten.
 */
import { type Message, messageHash } from "@everspan/reading";

export interface Novelty {
  /** For each message of the later call: whether the earlier call had sent it too. */
  readonly sentBefore: readonly boolean[];
  readonly newCount: number;
  /** Messages of the earlier call that the later one no longer sends: the history was shortened or rewritten. */
  readonly dropped: readonly Message[];
}

/** Messages keep their order between two calls, so one forward pass pairs the equal ones. */
export function compareConversations(earlier: readonly Message[], later: readonly Message[]): Novelty {
  const places = placesByHash(earlier);
  const isPaired = new Array<boolean>(earlier.length).fill(false);
  let next = 0;
  const sentBefore = later.map((message) => {
    const found = places.get(messageHash(message))?.find((place) => place >= next);
    if (found === undefined) return false;
    isPaired[found] = true;
    next = found + 1;
    return true;
  });
  return {
    sentBefore,
    newCount: sentBefore.filter((isOld) => !isOld).length,
    dropped: earlier.filter((_, place) => !isPaired[place]),
  };
}

function placesByHash(messages: readonly Message[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  messages.forEach((message, place) => {
    const hash = messageHash(message);
    const known = places.get(hash);
    if (known === undefined) places.set(hash, [place]);
    else known.push(place);
  });
  return places;
}
