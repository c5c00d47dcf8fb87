/** For the tests of an application that is traced: spans in memory, and what a test wants to say about them. */

export { MemoryExporter } from "../exporters/local/memory-exporter.ts";
export { assertBalanced, assertNothingLost } from "./assertions.ts";
