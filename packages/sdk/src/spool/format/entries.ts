import { contentBytes, type SpoolContent } from "./content.ts";

/** What goes into the spool and comes out of it: records, and the blobs that records share. */

/**
 * A part that records share, in memory. Named by identity: the same object is written once in each segment that needs
 * it. Blobs may name blobs; what names is written after what it names, so no blob may name itself, however far down.
 */
export interface SpoolBlob {
  /** What it costs, about: so that no group of records grows too large. */
  readonly byteLength: number;
  /** Never empty. Made when it is written, which is off the caller's path, and again should that write fail. */
  readonly bytes: () => SpoolContent;
  /** The blobs that the bytes refer to, by their places in this list. */
  readonly blobs: readonly SpoolBlob[];
}

/** An entry that has its number and waits to be written. */
export interface NumberedEntry {
  readonly seq: number;
  readonly head: SpoolContent;
  /** The blobs that the head refers to, by their places in this list. */
  readonly blobs: readonly SpoolBlob[];
  /** A bit for each lane that the record concerns. */
  readonly lanes: number;
}

/** A blob that was read. */
export interface StoredBlob {
  readonly bytes: Uint8Array;
  /** Undefined where corruption took one. */
  readonly blobs: readonly (StoredBlob | undefined)[];
  /** Nothing is lost of it and of what it names. */
  readonly isWhole: boolean;
}

/** A record as it was appended. */
export interface SpoolEntry {
  /** Its number within its incarnation. */
  readonly seq: number;
  readonly head: Uint8Array;
  /** Undefined where corruption took one: a part of the payload is lost, the record is not. */
  readonly blobs: readonly (StoredBlob | undefined)[];
  /** Nothing is lost of it. */
  readonly isWhole: boolean;
}

/** A record and where it belongs, before anybody asked whether it is settled. */
export interface StoredEntry extends SpoolEntry {
  /** A bit for each lane that the record concerns. */
  readonly lanes: number;
  readonly writtenMs: number;
}

interface Naming<Blob> {
  readonly blobs: readonly Blob[];
}

const NONE: readonly never[] = [];

/**
 * All blobs that are named, directly or by other blobs, each after those it names; without what is known, nor what only
 * known ones name. A conversation is a chain of thousands of blobs: no recursion.
 */
export function childrenFirst<Blob extends Naming<Blob>>(
  roots: readonly Blob[],
  isKnown: (blob: Blob) => boolean,
): readonly Blob[] {
  const unknown = roots.filter((root) => !isKnown(root));
  if (unknown.length === 0) return NONE;
  if (unknown.length === 1 && unknown[0]!.blobs.length === 0) return unknown;
  const found = new Set<Blob>();
  const entered = new Set<Blob>();
  const stack = roots.toReversed();
  for (let blob = stack.at(-1); blob !== undefined; blob = stack.at(-1)) {
    if (found.has(blob) || entered.has(blob) || isKnown(blob)) {
      stack.pop();
      if (entered.has(blob)) found.add(blob);
      continue;
    }
    entered.add(blob);
    for (let index = blob.blobs.length - 1; index >= 0; index -= 1) stack.push(blob.blobs[index]!);
  }
  return [...found];
}

/** An entry that is still in memory, as it would be read. */
export function materialised({ seq, head, blobs }: NumberedEntry): SpoolEntry {
  const made = new Map<SpoolBlob, StoredBlob | undefined>();
  const storedOf = (named: readonly SpoolBlob[]) => named.map((blob) => made.get(blob));
  for (const blob of childrenFirst(blobs, () => false))
    made.set(blob, storedBlob(contentBytes(madeBytes(blob)), storedOf(blob.blobs)));
  const stored = storedOf(blobs);
  return { seq, head: contentBytes(head), blobs: stored, isWhole: areWhole(stored) };
}

/** Undefined for no bytes: that is how a blob is written that could not be made. */
export function storedBlob(bytes: Uint8Array, blobs: readonly (StoredBlob | undefined)[]): StoredBlob | undefined {
  return bytes.byteLength === 0 ? undefined : { bytes, blobs, isWhole: areWhole(blobs) };
}

export function areWhole(blobs: readonly (StoredBlob | undefined)[]): boolean {
  return blobs.every((blob) => blob?.isWhole === true);
}

const NO_BYTES = new Uint8Array(0);

/** A blob that can't be made has no bytes: its readers see it as lost, and the record itself is kept. */
export function madeBytes(blob: SpoolBlob): SpoolContent {
  try {
    return blob.bytes();
  } catch {
    return NO_BYTES;
  }
}
