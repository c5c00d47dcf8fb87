/** Conversations in OpenAI's chat form, a line each: what fine-tuning takes. */
import { encodeJson } from "@everspan/protocol";
import { type MediaPart, type Message, type Part, plainText, type ToolDefinition } from "@everspan/reading";
import { lastCalls } from "./conversations.ts";
import type { SpanSource } from "./span-source.ts";

export async function* chatLines(source: SpanSource, traceId: string): AsyncGenerator<string> {
  for await (const { input, output, reading } of lastCalls(source, traceId)) {
    const messages = [...input, ...output].flatMap(chatMessages);
    const tools = (reading.input.kind === "read" ? reading.input.value.tools : undefined) ?? reading.call.tools;
    const line = { messages, ...(tools !== undefined && tools.length > 0 && { tools: tools.map(chatTool) }) };
    yield `${encodeJson(line)}\n`;
  }
}

interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: unknown;
  readonly tool_calls?: readonly unknown[];
  readonly tool_call_id?: string;
}

/** A message of another form may be several of this one: each tool's result is a message of its own here. */
function chatMessages(message: Message): ChatMessage[] {
  const results = message.parts.filter((part) => part.kind === "toolResult");
  const calls = message.parts.filter((part) => part.kind === "toolCall");
  const rest = message.parts.filter((part) => part.kind !== "toolResult" && part.kind !== "toolCall");
  const answers = results.map(({ callId, content }) => ({
    role: "tool" as const,
    content: wordsOf(content),
    ...(callId !== null && { tool_call_id: callId }),
  }));
  if (rest.length === 0 && calls.length === 0 && answers.length > 0) return answers;
  const role = message.role === "other" ? "user" : message.role;
  const content = contentOf(rest);
  return [
    ...answers,
    {
      role,
      content: content === "" && calls.length > 0 ? null : content,
      ...(calls.length > 0 && {
        tool_calls: calls.map(({ callId, name, arguments: given }, index) => ({
          id: callId ?? `call_${index}`,
          type: "function",
          function: { name, arguments: typeof given === "string" ? given : encodeJson(given ?? {}) },
        })),
      }),
    },
  ];
}

/** Words alone are a text; with pictures it is a list of parts. What was thought is no part of what was said. */
function contentOf(parts: readonly Part[]): unknown {
  const images = parts.filter((part): part is MediaPart => part.kind === "image");
  const text = wordsOf(parts);
  if (images.length === 0) return text;
  const pictures = images.map(({ url, data, mediaType }) => ({
    type: "image_url",
    image_url: { url: url ?? `data:${mediaType ?? "image/png"};base64,${data ?? ""}` },
  }));
  return [...(text === "" ? [] : [{ type: "text", text }]), ...pictures];
}

function wordsOf(parts: readonly Part[]): string {
  const words = parts.flatMap((part) => {
    if (part.kind === "json" || part.kind === "unknown") {
      return [typeof part.value === "string" ? part.value : encodeJson(part.value)];
    }
    if (part.kind === "refusal") return [part.text];
    return part.kind === "text" ? [plainText({ parts: [part] })] : [];
  });
  return words.join("\n");
}

function chatTool({ name, description, parameters }: ToolDefinition): unknown {
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
    },
  };
}
