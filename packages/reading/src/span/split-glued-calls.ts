import type { Message, Part, ToolCallPart } from "../form/message.ts";
import type { ToolDefinition } from "../form/payloads.ts";

/** Providers allow 64 to 128. */
const MAX_NAME_LENGTH = 256;
const MAX_GLUED = 100;

/**
 * Parallel calls that an instrumentation glued into one while it collected a stream: names, ids and arguments are
 * each written one after the other. Taken apart only when the name is made of names of offered tools, and the
 * arguments of as many JSON values.
 */
export function splitGluedCalls(
  messages: readonly Message[],
  tools: readonly ToolDefinition[] | undefined,
): readonly Message[] {
  const names = new Set(tools?.map((tool) => tool.name).filter((name) => name !== ""));
  if (names.size < 2) return messages;
  // Longest first: a name may begin with another one.
  const lengths = [...new Set([...names].map((name) => name.length))]
    .filter((length) => length <= MAX_NAME_LENGTH)
    .sort((a, b) => b - a);
  const split = (part: Part): readonly Part[] => {
    if (part.kind !== "toolCall" || typeof part.arguments !== "string" || names.has(part.name)) return [part];
    return callsOf(part, part.arguments, glued(part.name, names, lengths));
  };
  return messages.map((message) =>
    message.parts.some((part) => part.kind === "toolCall" && !names.has(part.name))
      ? { ...message, parts: message.parts.flatMap(split) }
      : message,
  );
}

function callsOf(part: ToolCallPart, text: string, called: readonly string[] | undefined): readonly Part[] {
  const given = called === undefined ? undefined : jsonValues(text);
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
function glued(text: string, names: ReadonlySet<string>, lengths: readonly number[]): readonly string[] | undefined {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const start = at;
    const length = lengths.find((candidate) => names.has(text.slice(start, start + candidate)));
    if (length === undefined || found.length > MAX_GLUED) return undefined;
    found.push(text.slice(at, at + length));
    at += length;
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
