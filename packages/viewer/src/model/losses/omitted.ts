import type { OmittedPayload } from "@everspan/protocol";
import { formatBytes } from "../text/format.ts";

/** Nothing can be loaded of a payload that damage of the store took. */
export function isLost({ reason }: OmittedPayload): boolean {
  return reason === "missing";
}

/** What stands in the payload's place. */
export function omittedWords(omitted: OmittedPayload): string {
  const { bytes } = omitted;
  if (!isLost(omitted)) return `${formatBytes(bytes)} not loaded`;
  return bytes === 0 ? "lost to damage of the store" : `${formatBytes(bytes)} lost to damage of the store`;
}
