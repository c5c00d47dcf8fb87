/** One part of a message, as its kind wants to be seen. */
import type { CitationPart, Part, ToolCallPart, ToolResultPart } from "@everspan/reading";
import { useState } from "react";
import { isRecord } from "../../model/json/json-shape.ts";
import { parseShellResult } from "../../model/said/shell-result.ts";
import { readToolInput, readToolOutput } from "../../model/said/tool-io.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { ChevronIcon, ToolIcon } from "../marks/icons.tsx";
import { CodePanel } from "../text/code-panel.tsx";
import { MediaView } from "../text/image-view.tsx";
import { JsonView } from "../text/json-view.tsx";
import { ModelText } from "../text/model-text.tsx";
import { PlainText } from "../text/plain-text.tsx";
import { NamedValues, ValueView } from "../text/value-view.tsx";
import { ToolOutputView } from "./tool-output.tsx";

export function PartView({ part }: { readonly part: Part }) {
  return (
    <>
      {contentOf(part)}
      {part.kind !== "unknown" && <Rest value={part.rest} />}
    </>
  );
}

function contentOf(part: Part): React.ReactNode {
  switch (part.kind) {
    case "text":
      return <ModelText text={part.text} />;
    case "reasoning":
      return <Thinking text={part.text} />;
    case "toolCall":
      return <ToolCall part={part} />;
    case "toolResult":
      return <ToolResult part={part} />;
    case "refusal":
      return (
        <div className="refusal">
          <span className="chip">refused</span> <PlainText text={part.text} />
        </div>
      );
    case "citation":
      return <Citation part={part} />;
    case "json":
      return <JsonContent value={part.value} />;
    case "unknown":
      return <ValueView value={part.value} />;
    default:
      return <MediaView part={part} />;
  }
}

/** Fields that the form has no word for: folded, never left out. */
export function Rest({ value }: { readonly value: unknown }) {
  const [isOpen, setOpen] = useState(false);
  if (!isRecord(value) || Object.keys(value).length === 0) return null;
  return (
    <div className="thinking">
      <button type="button" className="thinking-toggle" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <span className="disclosure" data-open={isOpen}>
          <ChevronIcon />
        </span>
        Also recorded
        <bdi className="thinking-preview">{singleLine(Object.keys(value).join(", "), 120)}</bdi>
      </button>
      {isOpen && <JsonView value={value} />}
    </div>
  );
}

export function Thinking({ text }: { readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
  if (text === "") return <span className="muted">Thought, kept encrypted by the provider</span>;
  return (
    <div className="thinking">
      <button type="button" className="thinking-toggle" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <span className="disclosure" data-open={isOpen}>
          <ChevronIcon />
        </span>
        Thinking
        {!isOpen && <span className="thinking-preview">{singleLine(text, 160)}</span>}
      </button>
      {isOpen && <PlainText text={text} />}
    </div>
  );
}

function ToolCall({ part }: { readonly part: ToolCallPart }) {
  const input = readToolInput(part.arguments);
  return (
    <div className="tool-part">
      <div className="tool-part-head">
        <ToolIcon />
        <bdi className="tool-name">{singleLine(part.name, 80)}</bdi>
        {part.callId !== null && <bdi className="call-id mono">{singleLine(part.callId, 40)}</bdi>}
      </div>
      {input.command !== undefined && <CodePanel label={input.command.label} text={input.command.value} />}
      {input.arguments.length > 0 && <NamedValues values={input.arguments} />}
    </div>
  );
}

function ToolResult({ part }: { readonly part: ToolResultPart }) {
  return (
    <div className="tool-part result" data-error={part.isError}>
      <div className="tool-part-head">
        <span>{part.isError ? "Error from" : "Result of"}</span>
        <bdi className="tool-name">{singleLine(part.name ?? "call", 80)}</bdi>
        {part.callId !== null && <bdi className="call-id mono">{singleLine(part.callId, 40)}</bdi>}
      </div>
      {part.content.map((inner, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable result
        <ResultContent key={index} part={inner} isError={part.isError} />
      ))}
    </div>
  );
}

/** What a tool printed is no Markdown. */
function ResultContent({ part, isError }: { readonly part: Part; readonly isError: boolean }) {
  if (part.kind !== "text") return <PartView part={part} />;
  if (parseShellResult(part.text) !== undefined) return <ModelText text={part.text} />;
  return <CodePanel label="output" text={part.text} isError={isError} />;
}

function JsonContent({ value }: { readonly value: unknown }) {
  if (!isRecord(value)) return <ValueView value={value} />;
  return <ToolOutputView output={readToolOutput(value)} />;
}

function Citation({ part }: { readonly part: CitationPart }) {
  return (
    <div className="citation">
      <span className="chip">source</span>{" "}
      <PlainText text={[part.title, part.url, part.text].filter(Boolean).join("\n")} />
    </div>
  );
}
