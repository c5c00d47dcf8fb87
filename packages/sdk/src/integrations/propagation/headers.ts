import type { RequestHeaders } from "./remote-context.ts";

/** The header's value, whatever the case of its name; lists are joined. Undefined when absent. May throw. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers.get === "function") return textOf(headers.get(name));
  const values: string[] = [];
  for (const [key, value] of Object.entries(headers)) {
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    const text = textOf(value);
    if (text !== undefined) values.push(text);
  }
  return values.length === 0 ? undefined : values.join(",");
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value.join(",") : undefined;
}
