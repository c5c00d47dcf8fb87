/** What a store may leave out. A store says by name what it can do; who asks for more gets an error that names it. */

export const STORE_CAPABILITIES = [
  /** `write` with `mode: "insert"`: spans that exist are refused. Without it such a write merges. */
  "insert",
  /** `write` answers exact verdicts. Without it every snapshot that was taken is `stored-new`. */
  "verdicts",
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
