/** A tool call's two sides, from payloads that every tool shapes as it likes. */
import { asRecord, isContainer, type JsonRecord, parsedIfJson, unwrapped } from "../json/json-shape.ts";
import { parseShellResult } from "./shell-result.ts";

export interface NamedValue {
  readonly label: string;
  readonly value: unknown;
}

export interface ToolInput {
  /** What was run, where the tool is a shell, an interpreter or a query. */
  readonly command?: NamedValue & { readonly value: string };
  readonly arguments: readonly NamedValue[];
}

export interface ToolOutput {
  readonly returnCode?: number;
  /** Long texts, each in its own panel: `stdout`, `stderr`, `output`, … */
  readonly texts: readonly (NamedValue & { readonly value: string })[];
  readonly values: readonly NamedValue[];
  readonly isError: boolean;
}

const COMMAND_KEYS = ["command", "cmd", "commands", "code", "script", "sql", "query", "expression", "patch"];
const RETURN_CODE_KEYS = ["returncode", "return_code", "returnCode", "exitCode", "exit_code", "exitStatus", "code"];
const TEXT_KEYS = ["output", "stdout", "stderr", "result", "text", "content", "message", "error"];

export function readToolInput(input: unknown): ToolInput {
  const payload = parsedIfJson(unwrapped(input));
  if (typeof payload === "string") return { command: { label: "command", value: payload }, arguments: [] };
  const record = asRecord(payload);
  if (record === undefined) return { arguments: payload === undefined ? [] : [{ label: "input", value: payload }] };
  const inner = asRecord(parsedIfJson(record.arguments ?? record.args)) ?? record;
  const key = COMMAND_KEYS.find((name) => typeof inner[name] === "string");
  const rest = namedValues(inner).filter(({ label }) => label !== key);
  if (key === undefined) return { arguments: rest };
  return { command: { label: key, value: inner[key] as string }, arguments: rest };
}

/** A call in one line: its command, else its first plain arguments by name. */
export function argumentsLine(input: unknown): string {
  const { command, arguments: values } = readToolInput(input);
  if (command !== undefined) return command.value;
  return values
    .filter(({ value }) => !isContainer(value))
    .slice(0, 3)
    .map(({ label, value }) => `${label}: ${String(value)}`)
    .join(", ");
}

export function readToolOutput(output: unknown): ToolOutput {
  const payload = unwrapped(output);
  if (typeof payload === "string") return readText(payload);
  const record = asRecord(payload);
  if (record === undefined) {
    return { texts: [], values: payload === undefined ? [] : [{ label: "result", value: payload }], isError: false };
  }
  const codeKey = RETURN_CODE_KEYS.find((key) => Number.isInteger(record[key]));
  const entries = namedValues(record).filter(({ label }) => label !== codeKey && label !== "isError");
  const texts = entries.flatMap(({ label, value }) => {
    const text = TEXT_KEYS.includes(label) ? asText(value) : undefined;
    return text === undefined ? [] : [{ label, value: text }];
  });
  const returnCode = codeKey === undefined ? undefined : (record[codeKey] as number);
  return {
    ...(returnCode === undefined ? {} : { returnCode }),
    texts: texts.filter(({ value }) => value !== ""),
    values: entries.filter(({ label }) => !texts.some((text) => text.label === label)),
    isError: isErrorResult(record, returnCode),
  };
}

function readText(text: string): ToolOutput {
  const shell = parseShellResult(text);
  if (shell === undefined)
    return { texts: text === "" ? [] : [{ label: "output", value: text }], values: [], isError: false };
  const texts = shell.sections.map((section) => ({ label: section.label, value: section.text }));
  return { returnCode: shell.returnCode, texts, values: [], isError: shell.returnCode !== 0 };
}

/** A string, or the Model Context Protocol's list of text parts. */
function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const texts = value.map((part) => asRecord(part)?.text);
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : undefined;
}

function isErrorResult(record: JsonRecord, returnCode: number | undefined): boolean {
  return record.isError === true || record.is_error === true || (returnCode !== undefined && returnCode !== 0);
}

function namedValues(record: JsonRecord): NamedValue[] {
  return Object.entries(record).map(([label, value]) => ({ label, value }));
}
