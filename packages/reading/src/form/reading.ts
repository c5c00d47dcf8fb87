/**
 * What a reader found in a payload. "Nothing is there" and "nobody understands what is there" are two answers: one
 * word for both makes a viewer say "no reply was recorded" beside a reply.
 */
export type Reading<T> =
  | { readonly kind: "none" }
  | { readonly kind: "read"; readonly value: T }
  /** Something that no reader takes: it is shown as it is. */
  | { readonly kind: "unread"; readonly value: unknown };

export const NONE: { readonly kind: "none" } = { kind: "none" };

export function read<T>(value: T): Reading<T> {
  return { kind: "read", value };
}

export function unread(value: unknown): Reading<never> {
  return value === undefined || value === null ? NONE : { kind: "unread", value };
}
