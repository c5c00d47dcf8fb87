/** The parts of a span that its details show one at a time. */
export const DETAIL_TABS = ["messages", "tool", "io", "error", "data", "raw"] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];
