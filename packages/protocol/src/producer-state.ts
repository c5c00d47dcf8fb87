/**
 * What is known of a process that sends spans:
 * - `running`: it was heard within three of its intervals.
 * - `idle`: silent, and nothing was to be expected: no span open, or it sends no heartbeats.
 * - `stalled`: spans are open and nothing was heard for three intervals.
 * - `lost`: nothing was heard for twelve, or a later process found it dead.
 * - `ended`: it reported its end.
 */
export type ProducerState = "running" | "idle" | "stalled" | "lost" | "ended";
