/** How options are checked: one clear error that says what was expected and what came. */
import { EverspanError } from "@everspan/protocol";

/** Numbers that may be 0; all others must be at least 1. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set(["lingerMs", "heartbeatMs"]);

/** As JavaScript gives options: undefined is the same as absent. */
type Given<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** Defaults, and over them what was given. @throws EverspanError for an unknown option and for what is no fit number */
export function resolveNumbers<T extends object>(name: string, defaults: T, given: Given<T> | undefined): T {
  if (given === undefined) return defaults;
  requireObject(name, given);
  const resolved: Record<string, number> = { ...(defaults as Record<string, number>) };
  refuseUnknown(name, given, Object.keys(defaults));
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const least = MAY_BE_ZERO.has(key) ? 0 : 1;
    if (typeof value !== "number" || !Number.isFinite(value) || value < least) {
      throw unfit(`${name}.${key}`, `a finite number of at least ${least}`, value);
    }
    resolved[key] = value;
  }
  return resolved as T;
}

export function refuseUnknown(name: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw invalid(`${name}: unknown option "${key}"; known are ${known.join(", ")}`);
  }
}

export function requireObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unfit(name, "an object", value);
  }
}

/** @returns the value, one of the choices or undefined */
export function requireOneOf<T extends string>(
  name: string,
  value: T | undefined,
  choices: readonly NonNullable<T>[],
): T | undefined {
  if (value === undefined || choices.includes(value)) return value;
  throw unfit(name, `one of ${choices.join(", ")}`, value);
}

export function invalid(message: string): EverspanError {
  return new EverspanError("EVERSPAN_INVALID_OPTION", message);
}

export function unfit(name: string, expected: string, got: unknown): EverspanError {
  return invalid(`${name}: expected ${expected}, got ${show(got)}`);
}

/** A value in an error message: its kind, and itself only when it is too small to be a secret or a flood. */
export function show(value: unknown): string {
  if (typeof value === "string" && value.length > 20) return `a string of ${value.length} characters`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
