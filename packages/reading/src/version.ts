/**
 * Grows with each change of what a reader makes of a span. Columns that an older version derived are derived again
 * (`everspan reindex`).
 */
export const READER_VERSION = 3;
