import type { Message, Part } from "../form/message.ts";
import type { ModelInput, ModelOutput } from "../form/payloads.ts";
import type { Fields } from "../json/fields.ts";

/** What a dialect's readers may call back for what is nested in what they read. */
export interface Nested {
  /** Parts of a content: a text, a list of parts, one part. */
  content(value: unknown): readonly Part[];
  /** A list of messages, each read on its own: what is none becomes an `other` message with an unknown part. */
  messages(list: readonly unknown[]): readonly Message[];
  input(value: unknown): ModelInput | undefined;
  output(value: unknown): ModelOutput | undefined;
}

/** undefined: this part is of another dialect. */
export type PartReader = (part: Fields, nested: Nested) => readonly Part[] | Part | undefined;

/** undefined: this message is of another dialect. */
export type MessageReader = (message: Fields, nested: Nested) => readonly Message[] | Message | undefined;

/** A field that stands beside a message's content: `tool_calls`, `reasoning_content`, `images`, … */
export interface BesideField {
  readonly place: "before" | "after";
  /** undefined: not of this dialect; the field stays in the message's rest. */
  readonly read: (value: unknown, nested: Nested) => readonly Part[] | undefined;
}

export type OutputReader = (reply: Fields, nested: Nested) => ModelOutput | undefined;

/** One provider's or framework's way to write messages. Each is a file of its own in `dialects/`. */
export interface Dialect {
  readonly name: string;
  /** Parts by their `type`. */
  readonly parts?: Readonly<Record<string, PartReader>>;
  /** Parts by a pattern of their `type`, after those of an exact type. */
  readonly partPatterns?: readonly (readonly [RegExp, PartReader])[];
  /** Parts that have no `type`, by a field that only they have. */
  readonly partsByKey?: Readonly<Record<string, PartReader>>;
  /** Fields of a `{role, content}` message that are content too, by their name. */
  readonly beside?: Readonly<Record<string, BesideField>>;
  /** Items of a message list that are more than `{role, content}`. */
  readonly messages?: readonly MessageReader[];
  /** Whole replies. */
  readonly outputs?: readonly OutputReader[];
  /** A stream's chunks as the reply that they add up to, in the dialect's own form; undefined: of another dialect. */
  readonly reduceStream?: (chunks: readonly unknown[]) => unknown;
}
