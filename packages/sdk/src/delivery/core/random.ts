/** A seeded source of numbers in [0, 1): the core's only randomness, so that a seed replays every decision. */
export type RandomSource = () => number;

/** mulberry32: 32 bits of state, good enough for jitter, the same on every machine. */
export function seededRandom(seed: number): RandomSource {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
