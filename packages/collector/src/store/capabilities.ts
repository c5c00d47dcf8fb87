/** What a store may leave out. A store says by name what it can do; who asks for more gets an error that names it. */

export const STORE_CAPABILITIES = [
  /** `write` with `mode: "insert"`: spans that exist are refused. Without it such a write merges. */
  "insert",
  /** `write` answers exact verdicts. Without it every snapshot that was taken is `stored-new`. */
  "verdicts",
  /**
   * A write that fails has written nothing, and `patch` and `insert` exclude the writes of every process. Without it a
   * write that fails may be there in part until it is sent again, which the merge rule makes harmless, and a patch or an
   * insert excludes the writes of its own process only.
   */
  "transactions",
  /** `facets` */
  "facets",
  /** `searchText` */
  "search",
  /** `aggregates` */
  "aggregates",
  /** `listSessions` */
  "sessions",
  /** `deleteTraces`, `pin`, `expire` */
  "deletion",
] as const;

export type StoreCapability = (typeof STORE_CAPABILITIES)[number];

/** This store does not do what was asked, now or ever. */
export class UnsupportedByStoreError extends Error {
  override readonly name = "UnsupportedByStoreError";
  readonly capability: StoreCapability;

  constructor(capability: StoreCapability) {
    super(`this store does not support ${capability}`);
    this.capability = capability;
  }
}
