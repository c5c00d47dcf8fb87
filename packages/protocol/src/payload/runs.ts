/**
 * Where long arrays are cut, the same on the wire and in a store: full runs of `RUN_LENGTH` items become one part each,
 * then runs of these, until few are left. What fills no run stays behind them, so a run is never changed by what comes
 * after it: an array that grows at its end costs its end, not a reference for each item.
 */
import { DEFAULT_BLOB_THRESHOLD_BYTES } from "../limits.ts";

export const RUN_LENGTH = 8;

/** Whether an encoding is a blob of its own. Counted in characters, which are never more than bytes. */
export function isBlobSized(characters: number, threshold = DEFAULT_BLOB_THRESHOLD_BYTES): boolean {
  return characters >= threshold;
}

/** How parts of an array are measured and put together. */
export interface Runs<Part> {
  /** Length of the part's encoding in characters, references in the place of its blobs. */
  lengthOf(part: Part): number;
  /** `RUN_LENGTH` parts as one: a blob where they are large, else their encodings side by side. */
  toRun(parts: readonly Part[]): Part;
}

/** The parts of an array, in runs where they are many and large together. */
export function cutIntoRuns<Part>(
  parts: readonly Part[],
  runs: Runs<Part>,
  threshold = DEFAULT_BLOB_THRESHOLD_BYTES,
): readonly Part[] {
  const step = runSteps(parts, runs, threshold, () => false).next();
  return step.value as readonly Part[];
}

/** The same in steps. @param pause asked after each run: true for a pause */
export function* runSteps<Part>(
  parts: readonly Part[],
  runs: Runs<Part>,
  threshold: number,
  pause: (run: Part) => boolean,
): Generator<void, readonly Part[]> {
  const rests: (readonly Part[])[] = [];
  let head = parts;
  while (head.length > RUN_LENGTH && isBlobSized(encodedLength(head, runs), threshold)) {
    const full = head.length - (head.length % RUN_LENGTH);
    const cut: Part[] = [];
    for (let i = 0; i < full; i += RUN_LENGTH) {
      const run = runs.toRun(head.slice(i, i + RUN_LENGTH));
      cut.push(run);
      if (pause(run)) yield;
    }
    rests.unshift(head.slice(full));
    head = cut;
  }
  return [...head, ...rests.flat()];
}

/** Of the array: brackets and commas besides its parts. */
function encodedLength<Part>(parts: readonly Part[], runs: Runs<Part>): number {
  return parts.reduce((sum, part) => sum + runs.lengthOf(part), parts.length + 1);
}
