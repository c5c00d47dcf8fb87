import type { Message, Part, ToolCallPart } from "../form/message.ts";
import type { ToolDefinition } from "../form/payloads.ts";

/**
 * Parallel calls that an instrumentation glued into one while it collected a stream: names, ids and arguments are
 * each written one after the other. Taken apart only when the name is made of names of offered tools, and the
 * arguments of as many JSON values.
 */
export function splitGluedCalls(
  messages: readonly Message[],
  tools: readonly ToolDefinition[] | undefined,
): readonly Message[] {
  const names = tools?.map((tool) => tool.name).filter((name) => name !== "") ?? [];
  if (names.length < 2) return messages;
  const isOffered = new Set(names);
  return messages.map((message) =>
    message.parts.some((part) => part.kind === "toolCall" && !isOffered.has(part.name))
      ? { ...message, parts: message.parts.flatMap((part) => split(part, names)) }
      : message,
  );
}

function split(part: Part, names: readonly string[]): readonly Part[] {
  if (part.kind !== "toolCall" || typeof part.arguments !== "string" || names.includes(part.name)) return [part];
  const called = glued(part.name, names);
  const given = jsonValues(part.arguments);
  if (called === undefined || given === undefined || given.length !== called.length) return [part];
  const ids = (part.callId ?? "").split(/(?=call_|toolu_)/).filter((id) => id !== "");
  return called.map(
    (name, i): ToolCallPart => ({
      kind: "toolCall",
      callId: ids.length === called.length ? ids[i]! : null,
      name,
      arguments: given[i],
      ...(part.rest === undefined || i > 0 ? {} : { rest: part.rest }),
    }),
  );
}

/** The names that a text is made of; undefined when it is not. */
function glued(text: string, names: readonly string[]): readonly string[] | undefined {
  const found: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const name = names.filter((candidate) => text.startsWith(candidate, start)).sort((a, b) => b.length - a.length)[0];
    if (name === undefined || found.length > 100) return undefined;
    found.push(name);
    at += name.length;
  }
  return found;
}

/** JSON objects written one after the other. */
function jsonValues(text: string): readonly unknown[] | undefined {
  const values: unknown[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (inString) {
      if (letter === "\\") i++;
      else if (letter === '"') inString = false;
      continue;
    }
    if (letter === '"') inString = true;
    else if (letter === "{") depth++;
    else if (letter === "}" && --depth === 0) {
      try {
        values.push(JSON.parse(text.slice(start, i + 1)));
      } catch {
        return undefined;
      }
      start = i + 1;
    }
  }
  return depth === 0 && text.slice(start).trim() === "" ? values : undefined;
}
