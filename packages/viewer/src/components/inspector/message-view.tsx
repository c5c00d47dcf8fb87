import { type ReactNode, useState } from "react";
import { parsedIfJson } from "../../model/conversation/json-shape.ts";
import { type Message, type MessagePart, type MessageRole, plainText } from "../../model/conversation/message.ts";
import { formatBytes } from "../../model/format.ts";
import { singleLine } from "../../model/hostile-text.ts";
import { parseShellResult } from "../../model/shell-result.ts";
import { readToolInput, readToolOutput } from "../../model/tool-io.ts";
import { CopyButton } from "../copy-button.tsx";
import { ChevronIcon, ModelIcon, SystemIcon, ToolIcon, UserIcon } from "../icons.tsx";
import { CodePanel, ReturnCode } from "../text/code-panel.tsx";
import { ModelText } from "../text/model-text.tsx";
import { PlainText } from "../text/plain-text.tsx";
import { NamedValues, ValueView } from "../text/value-view.tsx";

/** How a message stands to the step it is shown in. `first`: there is no step before to compare with. */
export type MessageState = "system" | "old" | "new" | "first" | "reply";

const ROLE_ICONS: Readonly<Record<MessageRole, ReactNode>> = {
  system: <SystemIcon />,
  user: <UserIcon />,
  assistant: <ModelIcon />,
  tool: <ToolIcon />,
  other: <UserIcon />,
};

const SHORT_SYSTEM_LENGTH = 240;

export function MessageView({ message, state }: { readonly message: Message; readonly state: MessageState }) {
  const text = plainText(message);
  const canFold = state === "system" && text.length > SHORT_SYSTEM_LENGTH;
  const [isFolded, setFolded] = useState(canFold);
  return (
    <article
      className="message"
      data-testid="message"
      data-role={message.role}
      data-state={state}
      data-folded={isFolded}
    >
      <header className="message-head">
        <span className="message-role">
          {ROLE_ICONS[message.role]}
          <bdi>{singleLine(message.roleLabel, 40)}</bdi>
        </span>
        {message.name !== undefined && <bdi className="muted">{singleLine(message.name, 60)}</bdi>}
        {canFold && (
          <button
            type="button"
            className="button ghost small"
            onClick={() => setFolded(!isFolded)}
            aria-expanded={!isFolded}
          >
            <span className="disclosure" data-open={!isFolded}>
              <ChevronIcon />
            </span>
            {isFolded ? formatBytes(text.length) : "fold"}
          </button>
        )}
        {message.finishReason !== undefined && message.finishReason !== "stop" && (
          <span className="chip">{singleLine(message.finishReason, 40)}</span>
        )}
        <span className="message-actions">
          <CopyButton text={() => text || JSON.stringify(message.raw, null, 2)} what="message" />
        </span>
      </header>
      {isFolded ? (
        <button type="button" className="system-preview" onClick={() => setFolded(false)}>
          {singleLine(text, SHORT_SYSTEM_LENGTH)}
        </button>
      ) : (
        <div className="message-body">
          {message.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable message
            <PartView key={index} part={part} />
          ))}
          {message.parts.length === 0 && <span className="muted">Empty message</span>}
        </div>
      )}
    </article>
  );
}

function PartView({ part }: { readonly part: MessagePart }) {
  switch (part.kind) {
    case "text":
      return <ModelText text={part.text} />;
    case "thinking":
      return <Thinking text={part.text} />;
    case "toolCall":
      return <ToolCall part={part} />;
    case "toolResult":
      return <ToolResult part={part} />;
    case "media":
      return <span className="chip">{singleLine(part.label, 200)}</span>;
    case "unknown":
      return <ValueView value={part.value} />;
  }
}

function Thinking({ text }: { readonly text: string }) {
  const [isOpen, setOpen] = useState(false);
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

function ToolCall({ part }: { readonly part: Extract<MessagePart, { kind: "toolCall" }> }) {
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

function ToolResult({ part }: { readonly part: Extract<MessagePart, { kind: "toolResult" }> }) {
  const content = parsedIfJson(part.content);
  const output = readToolOutput(Array.isArray(content) ? { content } : content);
  const isShell = typeof part.content === "string" && parseShellResult(part.content) !== undefined;
  return (
    <div className="tool-part result" data-error={part.isError}>
      <div className="tool-part-head">
        <span>{part.isError ? "Error from" : "Result of"}</span>
        <bdi className="tool-name">{singleLine(part.name ?? "call", 80)}</bdi>
        {output.returnCode !== undefined && !isShell && <ReturnCode code={output.returnCode} />}
        {part.callId !== null && <bdi className="call-id mono">{singleLine(part.callId, 40)}</bdi>}
      </div>
      {isShell ? (
        <ModelText text={part.content as string} />
      ) : (
        output.texts.map(({ label, value }) => (
          <CodePanel key={label} label={label} text={value} isError={part.isError || label === "stderr"} />
        ))
      )}
      {output.values.length > 0 && <NamedValues values={output.values} />}
    </div>
  );
}
