import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import type { Fields } from "../json/fields.ts";

/** Facts that are one small value, wherever they stand. */
export type FactName =
  | "provider"
  | "requestModel"
  | "responseModel"
  | "responseId"
  | "finishReason"
  | "session"
  | "user"
  | "environment"
  | "release"
  | "traceName"
  | "toolName"
  | "toolCallId"
  | "agentName"
  | "agentId"
  | "query";

/** A payload that attributes hold, and the names under which it stands. */
export interface Candidate {
  readonly value: unknown;
  readonly names: readonly string[];
}

export interface SpanEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One convention for the attributes of a span. Each is a file of its own in `conventions/`. */
export interface Convention {
  readonly name: string;
  /** Attributes that hold a fact, the surest first. */
  readonly facts?: Readonly<Partial<Record<FactName, readonly string[]>>>;
  readonly tags?: readonly string[];
  /** Attributes under this prefix are the application's own: `<prefix>tenant` is its `tenant`. */
  readonly metadataPrefixes?: readonly string[];
  /** Attributes that hold the parameters of a request as one object, or spread behind a prefix that ends in a dot. */
  readonly parameters?: readonly string[];
  /** Attributes that only say again what was read from others. */
  readonly repeats?: readonly string[];
  /** First words (up to a dot) of the attributes that state usage: without any of them `usage` is not asked. */
  readonly usageHeads?: readonly string[];
  /** Takes the usage out of the attributes. */
  readonly usage?: (attributes: Fields) => Usage | undefined;
  readonly spanType?: (attributes: Readonly<Record<string, unknown>>) => SpanType | undefined;
  readonly inputs?: (attributes: Readonly<Record<string, unknown>>) => readonly Candidate[];
  readonly outputs?: (attributes: Readonly<Record<string, unknown>>) => readonly Candidate[];
}
