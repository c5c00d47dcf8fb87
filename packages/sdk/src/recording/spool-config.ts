import { refuseUnknown, requireObject, requireOneOf, resolveNumbers, unfit } from "../contract/check-options.ts";
import { DEFAULT_SPOOL_BYTES } from "../contract/defaults.ts";
import type { SpoolOptions } from "./tracer-options.ts";

export type ResolvedSpool = { readonly [Name in keyof SpoolOptions]-?: NonNullable<SpoolOptions[Name]> };

/** @throws EverspanError that says what was expected and what came */
export function resolveSpool(spool: SpoolOptions): ResolvedSpool {
  requireObject("spool", spool);
  refuseUnknown("spool", spool, ["directory", "maxBytes", "durability"]);
  const { directory, durability, maxBytes } = spool;
  if (typeof directory !== "string" || directory === "") {
    throw unfit("spool.directory", "a path", directory);
  }
  return {
    directory,
    durability: requireOneOf("spool.durability", durability, ["process", "power"]) ?? "process",
    ...resolveNumbers("spool", { maxBytes: DEFAULT_SPOOL_BYTES }, maxBytes === undefined ? {} : { maxBytes }),
  };
}
