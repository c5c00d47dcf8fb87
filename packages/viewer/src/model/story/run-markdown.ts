/** A run as Markdown, for an issue or a note: its sums, then step by step what was said and what the tools did. */
import { isOmittedPayload } from "@everspan/protocol";
import { plainText } from "@everspan/reading";
import type { RunSummary } from "../../api/run-summary.ts";
import { omittedWords } from "../losses/omitted.ts";
import { repliesOf } from "../said/reading.ts";
import { argumentsLine, readToolOutput } from "../said/tool-io.ts";
import { formatBytes, formatCost, formatDuration, formatExactCount } from "../text/format.ts";
import { exposeHidden, singleLine } from "../text/hostile-text.ts";
import { ALL_OPEN } from "../trace/fold.ts";
import { durationOf } from "../trace/span-groups.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";
import { storyOf } from "./story.ts";

const MAX_TEXT = 4000;

export function runMarkdown(run: RunSummary, tree: SpanTree): string {
  const { rows } = storyOf(tree, ALL_OPEN);
  const lines = [`# ${singleLine(run.name) || "Unnamed run"}`, "", ...sumsOf(run), ""];
  for (const row of rows) {
    if (row.kind === "gap") lines.push(`*${formatDuration(row.ms)} nothing recorded*`, "");
    else if (row.kind === "agent") lines.push(`## ${singleLine(row.node.span.name)}`, "");
    else if (row.kind === "span") lines.push(`- ${spanLine(row.node, tree)}`, "");
    else lines.push(...stepLines(row.number, row.node, row.tools, tree));
  }
  return lines.join("\n");
}

function sumsOf(run: RunSummary): string[] {
  return [
    `- trace \`${singleLine(run.traceId)}\`, started ${run.startTime}, ${run.status}`,
    `- ${run.durationMs === null ? "running" : formatDuration(run.durationMs)}, ${formatExactCount(run.spanCount)} spans, ${formatExactCount(run.inputTokens)} tokens in, ${formatExactCount(run.outputTokens)} out${run.costUsd !== null && run.costUsd > 0 ? `, ${formatCost(run.costUsd)}` : ""}`,
    ...(run.models.length > 0 ? [`- models: ${run.models.map((model) => singleLine(model)).join(", ")}`] : []),
  ];
}

function stepLines(number: number, node: SpanNode, tools: readonly SpanNode[], tree: SpanTree): string[] {
  const reply = repliesOf(node.span).map(plainText).join("\n\n");
  const { output } = node.span;
  const said = isOmittedPayload(output) ? `(${omittedWords(output)})` : reply;
  return [
    `### ${number}. ${spanLine(node, tree)}`,
    "",
    ...(said === "" ? [] : [cut(said), ""]),
    ...tools.flatMap((tool) => toolLines(tool, tree)),
  ];
}

function toolLines(tool: SpanNode, tree: SpanTree): string[] {
  const { input, output } = tool.span;
  const asked = isOmittedPayload(input) ? "" : argumentsLine(input);
  const texts = isOmittedPayload(output) ? [] : readToolOutput(output).texts.map(({ value }) => value);
  const fence = "````";
  return [
    `**${spanLine(tool, tree)}**`,
    "",
    ...(asked === "" ? [] : [fence, cut(asked), fence, ""]),
    ...texts.flatMap((text) => [fence, cut(text), fence, ""]),
  ];
}

function spanLine(node: SpanNode, tree: SpanTree): string {
  const { span } = node;
  const error = span.error === undefined ? "" : ` ✗ ${singleLine(`${span.error.type}: ${span.error.message}`, 200)}`;
  return `${singleLine(span.name)} (${formatDuration(durationOf(node, tree))})${error}`;
}

function cut(text: string): string {
  const shown =
    text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\n… ${formatBytes(text.length - MAX_TEXT)} more` : text;
  return exposeHidden(shown);
}
