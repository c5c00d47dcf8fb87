/** The merge rule, loaded by who needs it: see `lazy-exporter.ts`. */
export { mergeSnapshots } from "@everspan/protocol";
