import { encodeJson } from "@everspan/protocol";
import { type Message, type MessageRole, plainText } from "@everspan/reading";
import { type ReactNode, useState } from "react";
import { formatBytes } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { ChevronIcon, ModelIcon, SystemIcon, ToolIcon, UserIcon } from "../marks/icons.tsx";
import { PartView, Rest } from "./part-view.tsx";

/** How a message stands to the step it is shown in. `first`: there is no step before to compare with. */
export type MessageState = "system" | "old" | "new" | "first" | "reply";

const ROLE_ICONS: Readonly<Record<MessageRole, ReactNode>> = {
  system: <SystemIcon />,
  user: <UserIcon />,
  assistant: <ModelIcon />,
  tool: <ToolIcon />,
  other: <UserIcon />,
};

/** Providers call the same role `model`, `ai`, `human`; what has no word of ours keeps its own. */
const ROLE_WORDS: Readonly<Partial<Record<MessageRole, string>>> = {
  system: "System",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
};

const SHORT_SYSTEM_LENGTH = 240;

interface MessageViewProps {
  readonly message: Message;
  readonly state: MessageState;
}

export function MessageView({ message, state }: MessageViewProps) {
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
      <Head message={message} text={text} isFolded={isFolded} onFold={canFold ? setFolded : undefined} />
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
          <Rest value={message.rest} />
          {message.parts.length === 0 && message.rest === undefined && <span className="muted">Empty message</span>}
        </div>
      )}
    </article>
  );
}

interface HeadProps {
  readonly message: Message;
  readonly text: string;
  readonly isFolded: boolean;
  readonly onFold: ((isFolded: boolean) => void) | undefined;
}

function Head({ message, text, isFolded, onFold }: HeadProps) {
  return (
    <header className="message-head">
      <span className="message-role" title={singleLine(message.roleLabel, 40)}>
        {ROLE_ICONS[message.role]}
        <bdi>{ROLE_WORDS[message.role] ?? singleLine(message.roleLabel, 40)}</bdi>
      </span>
      {message.name !== undefined && <bdi className="muted">{singleLine(message.name, 60)}</bdi>}
      {onFold !== undefined && (
        <button
          type="button"
          className="button ghost small"
          onClick={() => onFold(!isFolded)}
          aria-expanded={!isFolded}
        >
          <span className="disclosure" data-open={!isFolded}>
            <ChevronIcon />
          </span>
          {isFolded ? formatBytes(text.length) : "fold"}
        </button>
      )}
      {message.finishReason !== undefined && !["stop", "end_turn", "STOP"].includes(message.finishReason) && (
        <span className="chip">{singleLine(message.finishReason, 40)}</span>
      )}
      <span className="message-actions">
        <CopyButton text={() => text || encodeJson(message, 2)} what="message" />
      </span>
    </header>
  );
}
