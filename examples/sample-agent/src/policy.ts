/**
 * The scripted model's "intelligence": the next reply as a pure function of the conversation, so that a run in a given
 * folder is the same each time. It works in any folder, and gets one path wrong on purpose: real agents do, and the
 * reader of a trace should know what that looks like.
 */
import type { AssistantMessage, ChatMessage, ToolCall } from "./chat.ts";

interface ListedFile {
  readonly path: string;
  readonly bytes: number;
}

/** What the tools have told so far, by the name of the tool, in order. */
type Findings = ReadonlyMap<string, readonly Record<string, unknown>[]>;

export function nextReply(messages: readonly ChatMessage[]): AssistantMessage {
  const findings = collectFindings(messages);
  const said = messages.filter((message) => message.role === "assistant").length;
  const listing = findings.get("list_files")?.[0];
  if (listing === undefined) return ask(said, "I'll see which files there are.", ["list_files", {}]);

  const files = listing.files as readonly ListedFile[];
  const main = files.find((file) => /^readme/i.test(file.path)) ?? files[0];
  if (main === undefined) return { role: "assistant", content: "The folder has no files that I can see." };

  const reads = findings.get("read_file") ?? [];
  if (reads.length === 0) {
    return ask(said, "An overview in docs/ would tell the most.", ["read_file", { path: unlisted(files) }]);
  }
  if (reads.length === 1) {
    return ask(said, `It is not there. ${main.path} will do.`, ["read_file", { path: main.path }]);
  }
  const word = telltaleWord(String(reads[1]?.text ?? ""), main.path);
  if (!findings.has("search_text")) {
    return ask(said, `It speaks of "${word}". Where else does that occur?`, ["search_text", { query: word }]);
  }
  const largest = files.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  if (!findings.has("count_lines")) {
    const paths = [...new Set([main.path, largest.path])];
    return ask(said, "Last, some sizes.", ...paths.map((path) => ["count_lines", { path }] as const));
  }
  return { role: "assistant", content: answer(files, listing.truncated === true, word, largest, findings) };
}

function answer(
  files: readonly ListedFile[],
  truncated: boolean,
  word: string,
  largest: ListedFile,
  findings: Findings,
): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const hits = (findings.get("search_text")?.[0]?.hits ?? []) as readonly { path: string }[];
  const counts = (findings.get("count_lines") ?? []).map(({ path, lines }) => `${path} has ${plural(lines, "line")}`);
  return [
    `I saw ${truncated ? "the first " : ""}${plural(files.length, "file")}, ${plural(bytes, "byte")} together;`,
    `the largest is ${largest.path} with ${plural(largest.bytes, "byte")}.`,
    `"${word}" occurs in ${plural(hits.length, "line")} of ${plural(new Set(hits.map((hit) => hit.path)).size, "file")}.`,
    `${counts.join(", ")}.`,
  ].join(" ");
}

function plural(count: unknown, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function ask(said: number, thought: string, ...calls: (readonly [name: string, input: object])[]): AssistantMessage {
  const tool_calls: ToolCall[] = calls.map(([name, input], index) => ({
    id: `call_${said + 1}_${index + 1}`,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));
  return { role: "assistant", content: thought, tool_calls };
}

function collectFindings(messages: readonly ChatMessage[]): Findings {
  const toolOfCall = new Map<string, string>();
  const findings = new Map<string, Record<string, unknown>[]>();
  for (const message of messages) {
    if (message.role === "assistant") {
      for (const call of message.tool_calls ?? []) toolOfCall.set(call.id, call.function.name);
    } else if (message.role === "tool") {
      const tool = toolOfCall.get(message.tool_call_id) ?? "unknown";
      findings.set(tool, [...(findings.get(tool) ?? []), JSON.parse(message.content)]);
    }
  }
  return findings;
}

function unlisted(files: readonly ListedFile[]): string {
  const listed = new Set(files.map((file) => file.path));
  let path = "docs/overview.md";
  for (let n = 2; listed.has(path); n++) path = `docs/overview-${n}.md`;
  return path;
}

/** The longest word of the text's first line, or of the file's name when the text has none. */
function telltaleWord(text: string, path: string): string {
  const firstLine = text.split("\n").find((line) => /\p{L}{3}/u.test(line)) ?? path;
  const words = firstLine.match(/\p{L}{3,}/gu) ?? [path];
  return words.reduce((a, b) => (b.length > a.length ? b : a)).toLowerCase();
}
