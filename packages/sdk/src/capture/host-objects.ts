/**
 * Objects of the platform and of libraries whose content is in no property: what they hold, or at least what they are.
 * Reads only what their classes give without a side effect; nothing is consumed, and no `then` is called.
 */
import { types } from "node:util";
import { mark } from "./marks.ts";

/** A text or an object to walk in the value's place; undefined when its own properties are its content. May throw. */
export function hostObject(value: object): string | object | undefined {
  const known = byTag(value, Object.prototype.toString.call(value).slice(8, -1));
  if (known !== undefined || types.isProxy(value)) return known;
  if (isStream(value)) return mark(classNameOf(value), "stream");
  if (typeof (value as { then?: unknown }).then === "function") return mark(classNameOf(value), "thenable");
  const prototype = Object.getPrototypeOf(value);
  return isEmptyInstance(value, prototype) ? `[${classNameOf(value)}]` : undefined;
}

function byTag(value: object, tag: string): string | object | undefined {
  switch (tag) {
    case "URLSearchParams":
      return value instanceof URLSearchParams ? mark(tag, value.toString()) : undefined;
    case "Headers":
      return value instanceof Headers ? Object.fromEntries(value) : undefined;
    case "FormData":
      return value instanceof FormData ? { "[FormData]": [...value] } : undefined;
    case "File":
    case "Blob":
      return value instanceof Blob ? blobMark(value) : undefined;
    case "Request":
      return value instanceof Request ? mark(tag, `${value.method} ${value.url}`) : undefined;
    case "Response":
      return value instanceof Response ? mark(tag, `${value.status} ${value.url}`.trim()) : undefined;
    case "AbortSignal":
      return value instanceof AbortSignal && value.aborted ? "[AbortSignal: aborted]" : "[AbortSignal]";
    case "AbortController":
    case "ReadableStream":
    case "WritableStream":
    case "TransformStream":
    case "Generator":
    case "AsyncGenerator":
    case "CryptoKey":
    case "MessagePort":
      return `[${tag}]`;
    default:
      return undefined;
  }
}

/** In Bun a file's tag is that of a blob, and a blob has a name that is undefined. */
function blobMark(blob: Blob): string {
  const { name, size, type } = blob as Blob & { name?: unknown };
  const text = `${size} bytes${type === "" ? "" : ` of ${type}`}`;
  return typeof name === "string" ? mark("File", `${name}, ${text}`) : mark("Blob", text);
}

/** A Node stream, a socket, a request: thousands of internals, and none of them is data. */
function isStream(value: object): boolean {
  const { pipe, on } = value as { pipe?: unknown; on?: unknown };
  return typeof pipe === "function" && typeof on === "function";
}

/** An instance of a class that shows nothing: what it holds is in private fields. */
function isEmptyInstance(value: object, prototype: object | null): boolean {
  if (prototype === null || Object.getPrototypeOf(prototype) === undefined) return false;
  for (const _ in value) return false;
  return typeof (value as { toJSON?: unknown }).toJSON !== "function" && !types.isBoxedPrimitive(value);
}

function classNameOf(value: object): string {
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === "string" && name !== "" ? name.slice(0, 128) : "Object";
}
