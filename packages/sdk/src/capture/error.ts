/** An error, or whatever else was thrown, as the three texts that a span keeps of it. Total. */
import type { SpanError } from "@everspan/protocol";
import { cutText, UNREADABLE } from "./marks.ts";
import { captureName } from "./name.ts";
import { wellFormed } from "./well-formed.ts";

const MAX_MESSAGE_CHARACTERS = 16 * 1024;
const MAX_STACK_CHARACTERS = 32 * 1024;
/** Causes and parts (`AggregateError`) followed, over all levels. */
const MAX_RELATED = 16;

/**
 * `stack` ends with the causes and the parts of an `AggregateError`, each introduced by `Caused by:` or `Part 1:`, as
 * far as 16 of them. Getters that throw cost only their own text. A value that is no error is its own message.
 */
export function captureError(thrown: unknown): SpanError {
  const type = typeOf(thrown);
  const message = messageOf(thrown);
  const stack = stackWithRelated(thrown);
  return stack === "" ? { type, message } : { type, message, stack };
}

function typeOf(thrown: unknown): string {
  if (!isObject(thrown)) return typeof thrown;
  const name = read(thrown, "name");
  const errorClass = read(thrown, "constructor");
  const className = isObject(errorClass) ? read(errorClass, "name") : undefined;
  const isGiven = typeof name === "string" && name !== "";
  const isNamedClass = typeof className === "string" && className !== "" && className !== UNREADABLE;
  if (isGiven && !(isNamedClass && isInherited(thrown, errorClass as object))) return captureName(name);
  return isNamedClass ? captureName(className) : isGiven ? captureName(name) : "Object";
}

/** Subclasses that give themselves no name are called by their class: "Error" tells nobody that it was a rate limit. */
function isInherited(error: object, errorClass: object): boolean {
  try {
    const prototype = read(errorClass, "prototype");
    return !Object.hasOwn(error, "name") && !(isObject(prototype) && Object.hasOwn(prototype, "name"));
  } catch {
    return false;
  }
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return bounded(thrown, MAX_MESSAGE_CHARACTERS);
  if (!isObject(thrown)) return captureName(thrown);
  const message = read(thrown, "message");
  return typeof message === "string" ? bounded(message, MAX_MESSAGE_CHARACTERS) : captureName(message ?? thrown);
}

function stackWithRelated(thrown: unknown): string {
  const seen = new Set<unknown>();
  const pending: { readonly value: unknown; readonly label: string }[] = [{ value: thrown, label: "" }];
  const texts: string[] = [];
  /** As long as the whole would be. */
  let characters = -1;
  for (let next = pending.pop(); next !== undefined && seen.size <= MAX_RELATED; next = pending.pop()) {
    if (seen.has(next.value)) continue;
    seen.add(next.value);
    const text = stackOf(next.value) || (next.label && `${typeOf(next.value)}: ${messageOf(next.value)}`);
    if (text !== "") {
      characters += 1 + next.label.length + text.length;
      // One more than is kept, so that the whole is seen to be too long and is cut where it ends itself.
      texts.push(next.label + bounded(text, MAX_STACK_CHARACTERS + 1));
    }
    pending.push(...relatedTo(next.value));
  }
  const joined = texts.join("\n");
  return joined.length > MAX_STACK_CHARACTERS ? cutText(joined, MAX_STACK_CHARACTERS, characters) : joined;
}

/** In the order in which they are taken from the end. */
function relatedTo(thrown: unknown): { value: unknown; label: string }[] {
  if (!isObject(thrown)) return [];
  const related: { value: unknown; label: string }[] = [];
  const parts = read(thrown, "errors");
  const count = isArray(parts) ? read(parts, "length") : 0;
  for (let i = Math.min(Number(count), MAX_RELATED); i > 0; i--) {
    related.push({ value: read(parts as object, i - 1), label: `Part ${i}: ` });
  }
  const cause = read(thrown, "cause");
  if (cause !== undefined) related.push({ value: cause, label: "Caused by: " });
  return related;
}

function stackOf(thrown: unknown): string {
  const stack = isObject(thrown) ? read(thrown, "stack") : undefined;
  return typeof stack === "string" ? stack : "";
}

function read(object: object, name: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[name];
  } catch {
    return UNREADABLE;
  }
}

function isArray(value: unknown): value is object {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function bounded(text: string, characters: number): string {
  return text.length > characters ? cutText(text, characters) : wellFormed(text);
}
