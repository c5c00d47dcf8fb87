import { getHeapStatistics } from "node:v8";

/** What this process's heap may grow to, in bytes. */
export const HEAP_LIMIT_BYTES = getHeapStatistics().heap_size_limit;
