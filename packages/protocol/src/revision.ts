/**
 * The revisions that Everspan's own SDK gives the snapshots of a span, in the order in which they can follow each other.
 * Other senders number as they like; the merge rule compares phase first, see `merge.ts`.
 */

/** The span has just started. Only this one can be left out when its END is queued before it is sent. */
export const STARTED = 0;

/** A span as it stands while it is still open, e.g. at shutdown; also the END that recovery makes for a dead process. */
export const STANDING = 1;

/** The END that the application itself gave. It replaces whatever was made in its absence. */
export const ENDED = 2;
