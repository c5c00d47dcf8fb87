import type { Clock } from "../../contract/clock.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { RedactionOptions } from "../../contract/redaction-options.ts";
import type { DeliveryCore } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";

export interface SpoolingOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly durability: "process" | "power";
}

/** What the spooler needs of the pipeline. */
export interface SpoolingHost {
  readonly core: DeliveryCore<SpanRecord>;
  readonly queue: { readonly maxRecords: number; readonly maxBytes: number };
  readonly heldBytes: () => number;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** What is withheld before it is on disk. Default: nothing. */
  readonly redaction?: RedactionOptions | undefined;
  /** Something changed that the core should look at soon. */
  readonly wake: () => void;
}
