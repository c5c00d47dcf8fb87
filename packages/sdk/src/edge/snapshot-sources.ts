/** In the place of `delivery/snapshot-sources.ts`: a request there waits for nothing but its own spans. */
export { sourcesOf as snapshotSources } from "../delivery/sources.ts";
