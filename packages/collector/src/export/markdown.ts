/**
 * A trace's conversations as Markdown. What was said is hostile text: outside of code it can hold no HTML and no picture
 * that a reader's program would fetch, and code ends where we end it.
 */
import { encodeJson, type TraceSummary } from "@everspan/protocol";
import type { Message, Part } from "@everspan/reading";
import { lastCalls } from "./conversations.ts";
import type { SpanSource } from "./span-source.ts";

export async function* markdownOf(source: SpanSource, traceId: string): AsyncGenerator<string> {
  const trace = await source.trace(traceId);
  if (trace === undefined) return;
  yield headOf(trace);
  let count = 0;
  for await (const { span, input, output, reading } of lastCalls(source, traceId)) {
    count += 1;
    const model = span.model ?? reading.call.responseModel ?? reading.call.requestModel;
    yield `\n---\n\n*${plain(span.name)}${model === undefined ? "" : `, ${plain(model)}`}, ${span.startTime}*\n`;
    for (const message of [...input, ...output]) yield messageOf(message);
    const error = span.error ?? reading.error;
    if (error !== undefined) yield `\n**It failed:** ${plain(error.type)}: ${plain(error.message)}\n`;
  }
  if (count === 0) yield "\nNo message of a model is recorded in it.\n";
}

function headOf(trace: TraceSummary): string {
  const facts = [
    trace.service,
    trace.status,
    trace.startTime,
    trace.durationMs === null ? "not ended" : `${trace.durationMs} ms`,
    `${trace.inputTokens} + ${trace.outputTokens} tokens`,
    trace.costUsd !== null && trace.costUsd > 0 ? `$${trace.costUsd.toFixed(4)}` : null,
    trace.models.length > 0 ? trace.models.join(", ") : null,
  ].filter((fact) => fact !== null);
  return `# ${plain(trace.name) || "Trace"}\n\n${facts.map(plain).join(" · ")}\n`;
}

const ROLES = { system: "System", user: "User", assistant: "Assistant", tool: "Tool", other: "Message" } as const;

function messageOf(message: Message): string {
  const heading = message.role === "other" ? plain(message.roleLabel) || ROLES.other : ROLES[message.role];
  return `\n## ${heading}\n\n${message.parts.map(partOf).join("\n\n")}\n`;
}

function partOf(part: Part): string {
  switch (part.kind) {
    case "text":
      return prose(part.text);
    case "reasoning":
      return part.text === "" ? "*(reasoning, encrypted)*" : quoted(`*Reasoning*\n\n${prose(part.text)}`);
    case "toolCall":
      return `**Calls \`${code(part.name)}\`**\n\n${block(part.arguments)}`;
    case "toolResult":
      return `**${part.isError ? "Failed" : "Result"}${part.name === null ? "" : ` of \`${code(part.name)}\``}**\n\n${part.content.map(resultOf).join("\n\n")}`;
    case "refusal":
      return `**Refused:** ${prose(part.text)}`;
    case "citation":
      return `> ${plain(part.title ?? part.url ?? "source")}${part.text === null ? "" : `: ${plain(part.text)}`}`;
    case "json":
    case "unknown":
      return block(part.value);
    default:
      return `*(${part.kind}${part.mediaType === null ? "" : ` ${plain(part.mediaType)}`}${part.bytes === null ? "" : `, ${part.bytes} bytes`})*`;
  }
}

/** A tool's words are output, not prose. */
function resultOf(part: Part): string {
  return part.kind === "text" ? block(part.text) : partOf(part);
}

/** A fence longer than any run of its own sign within. */
function block(value: unknown): string {
  const text = typeof value === "string" ? value : encodeJson(value ?? null, 2);
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${typeof value === "string" ? "" : "json"}\n${text.replace(/\n$/, "")}\n${fence}`;
}

/** Code of the author stays code; a fence that is left open is closed, and nothing else is markup that loads or runs. */
function prose(text: string): string {
  let fence: string | undefined;
  const lines = text.split("\n").map((line) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = mark;
      return fence === undefined ? harmless(line) : line;
    }
    if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined;
    return line;
  });
  if (fence !== undefined) lines.push(fence);
  return lines.join("\n");
}

function harmless(line: string): string {
  return line
    .replaceAll("<", "&lt;")
    .replaceAll("![", "!\\[")
    .replace(/^(\s*)#/, "$1\\#");
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** One line without any markup. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[<>[\]\\`*_|]/g, (sign) => (sign === "<" ? "&lt;" : `\\${sign}`))
    .slice(0, 500);
}

function code(name: string): string {
  return name.replace(/[`\s]+/g, " ");
}
