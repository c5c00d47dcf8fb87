/**
 * What is neither a plain object nor a plain array, as something that can be walked: a text that stands for it, or
 * an object or array in its place. Inspects with intrinsics taken at load, so overridden methods are not called.
 */
import { types } from "node:util";
import { hostObject } from "./host-objects.ts";
import { MAP_KEY, mark, markBytes, SET_KEY, truncated } from "./marks.ts";

export type Source = Readonly<Record<string, unknown>>;
/** A text stands for the value; an object is walked in its place, without asking for `toJSON` again. */
export type Replacement = string | object;

const timeOf = Date.prototype.getTime;
const isoOf = Date.prototype.toISOString;
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const mapSize = getter(Map.prototype, "size") as (this: Map<unknown, unknown>) => number;
const setSize = getter(Set.prototype, "size") as (this: Set<unknown>) => number;
const typedArrayName = getter(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
const regExpSource = getter(RegExp.prototype, "source");
const regExpFlags = getter(RegExp.prototype, "flags");

function getter(prototype: object, name: PropertyKey): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

/** May throw what the value's own code throws. @returns the value itself when its own properties are its content */
export function replacementOf(value: object, maxEntries: number): Replacement {
  if (ArrayBuffer.isView(value))
    return markBytes(viewName(value), new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (types.isAnyArrayBuffer(value)) return markBytes("ArrayBuffer", new Uint8Array(value));
  if (types.isDate(value)) return Number.isNaN(timeOf.call(value)) ? "[Date: invalid]" : isoOf.call(value);
  if (types.isMap(value)) return { [MAP_KEY]: taken(mapEntries.call(value), mapSize.call(value), maxEntries) };
  if (types.isSet(value)) return { [SET_KEY]: taken(setValues.call(value), setSize.call(value), maxEntries) };
  return opaque(value) ?? value;
}

function viewName(view: ArrayBufferView): string {
  return Buffer.isBuffer(view) ? "Buffer" : String(typedArrayName.call(view) ?? "DataView");
}

function opaque(value: object): Replacement | undefined {
  if (types.isRegExp(value)) return mark("RegExp", `/${regExpSource.call(value)}/${regExpFlags.call(value)}`);
  if (types.isPromise(value)) return "[Promise]";
  if (types.isWeakMap(value)) return "[WeakMap]";
  if (types.isWeakSet(value)) return "[WeakSet]";
  // Not every runtime has it: Deno does not.
  if (types.isExternal?.(value)) return "[External]";
  if (value instanceof WeakRef) return "[WeakRef]";
  if (value instanceof Error || types.isNativeError(value)) return errorFields(value);
  return hostObject(value);
}

/** `toJSON` as the class defines it. What an application hung on `Object.prototype` or `Array.prototype` is not asked. */
export function toJsonOf(value: object): (() => unknown) | undefined {
  const own = (value as { readonly toJSON?: unknown }).toJSON;
  if (typeof own !== "function") return undefined;
  if (own === inherited(Object.prototype) || own === inherited(Array.prototype)) return undefined;
  return own as () => unknown;
}

function inherited(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, "toJSON")?.value;
}

/** A boxed primitive (`new String("x")`) as its primitive; undefined for everything else. */
export function unboxed(value: object): unknown {
  if (!types.isBoxedPrimitive(value)) return undefined;
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  return types.isBigIntObject(value) ? BigInt.prototype.valueOf.call(value) : Symbol.prototype.valueOf.call(value);
}

function taken(entries: Iterator<unknown>, size: number, maxEntries: number): unknown[] {
  const list: unknown[] = [];
  for (let entry = entries.next(); !entry.done && list.length < maxEntries; entry = entries.next())
    list.push(entry.value);
  if (size > list.length) list.push(truncated(`${size - list.length} entries`));
  return list;
}

const ERROR_FIELDS = ["name", "message", "stack", "cause", "errors"] as const;

/** An error's fields are not enumerable. Each is read when the walk comes to it, so one that throws costs only itself. */
function errorFields(error: object): Source {
  const fields: Record<string, unknown> = {};
  const names = new Set<string>([...ERROR_FIELDS.filter((name) => name in error), ...Object.keys(error)]);
  for (const name of names) {
    Object.defineProperty(fields, name, { enumerable: true, get: () => (error as Source)[name] });
  }
  return fields;
}
