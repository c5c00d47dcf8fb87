/** Where a container parted from the node that was expected: its first children are the node's. */
export interface Parted {
  /** How many children, from the first on, are the expected node's. */
  readonly same: number;
  /** The property with which the rest begins; undefined when there is none, or an array's is the one after the same. */
  readonly name?: string | number | undefined;
  /** The names of an object's rest: as the keys of an object, which come in the same order. */
  readonly rest?: Record<string, true>;
  /** Where the value of that property parted, when it is a container. */
  readonly inner?: Parted | undefined;
  /** Gives the value of that property, which differs, or throws what its getter threw; absent when it was not read. */
  readonly read?: (() => unknown) | undefined;
}

/** Not compared: of another kind than expected, or more than may be compared. */
export const UNCOMPARED: Parted = { same: 0 };
