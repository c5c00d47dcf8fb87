/**
 * What a model call was sent. What the call before it had sent already is folded away, and so is that call's own reply;
 * what is new in this step stands open. A message of which only a beginning is loaded is neither: the rest may differ.
 */
import { type Message, messageHash, type ToolDefinition } from "@everspan/reading";
import { useMemo, useState } from "react";
import { compareConversations } from "../../model/said/novelty.ts";
import { previousModelCall } from "../../model/said/previous-call.ts";
import { repliesOf, sentBy } from "../../model/said/reading.ts";
import { holdsCutText } from "../../model/text/cut-text.ts";
import { plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { useBegunSpan, useSpan } from "../../state/data/use-span.ts";
import { useWholeSpan } from "../../state/run/whole-span.ts";
import { ChevronIcon } from "../marks/icons.tsx";
import { JsonView } from "../text/json-view.tsx";
import { MessageView } from "./message-view.tsx";

interface ConversationProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDefinition[] | undefined;
}

export function Conversation({ tree, node, messages, tools }: ConversationProps) {
  const before = useMemo(() => previousModelCall(tree, node), [tree, node]);
  const { isCut } = useWholeSpan();
  // Beginnings are compared with beginnings, and the whole with the whole: only so are equal messages seen to be equal.
  const begun = useBegunSpan(isCut ? before?.span : undefined);
  const whole = useSpan(isCut ? undefined : before?.span);
  const earlier = isCut ? begun : whole;
  if (earlier.omittedBytes > 0 && earlier.span === undefined && earlier.error === undefined) {
    return <div className="pending muted">Comparing with the step before…</div>;
  }
  return (
    <div className="conversation">
      {tools !== undefined && tools.length > 0 && <Tools tools={tools} />}
      <Sent
        messages={messages}
        earlier={earlier.span === undefined ? [] : sentBy(earlier.span)}
        earlierReplies={earlier.span === undefined ? [] : repliesOf(earlier.span)}
      />
    </div>
  );
}

interface SentProps {
  readonly messages: readonly Message[];
  readonly earlier: readonly Message[];
  readonly earlierReplies: readonly Message[];
}

function Sent({ messages, earlier, earlierReplies }: SentProps) {
  const { isCut, lengthOf } = useWholeSpan();
  const novelty = useMemo(() => compareConversations(earlier, messages), [earlier, messages]);
  const replies = useMemo(() => new Set(earlierReplies.map(messageHash)), [earlierReplies]);
  const isContinued = novelty.newCount < messages.length;
  const placed = messages.map((message, index) => {
    const isKnown = earlier.length === 0 || !isCut || !holdsCutText(message, lengthOf);
    return { message, index, isKnown, isOld: isKnown && novelty.sentBefore[index] === true };
  });
  const spoken = placed.filter(({ message }) => message.role !== "system");
  const fresh = spoken.filter(({ isOld, isKnown }) => isKnown && !isOld);
  const unknown = spoken.filter(({ isKnown }) => !isKnown);
  const isOwnReply = (message: Message) => isContinued && replies.has(messageHash(message));
  return (
    <>
      {placed
        .filter(({ message }) => message.role === "system")
        .map(({ message, index, isOld, isKnown }) => (
          <MessageView
            key={index}
            message={message}
            state={isOld || !isKnown || earlier.length === 0 ? "system" : "new"}
          />
        ))}
      <Folded
        messages={spoken.filter(({ isOld }) => isOld).map(({ message }) => message)}
        noun="earlier message"
        note="sent before"
      />
      <Folded messages={novelty.dropped} noun="message" note="of the step before no longer sent" />
      {unknown.length > 0 && (
        <Divider label="Not compared yet" note={`${plural(unknown.length, "message")}, not loaded whole`} />
      )}
      {unknown.map(({ message, index }) => (
        <MessageView key={index} message={message} state="first" />
      ))}
      {isContinued && <Divider label="New in this step" note={plural(fresh.length, "message")} />}
      <Folded
        messages={fresh.map(({ message }) => message).filter(isOwnReply)}
        noun="message"
        note="its own reply in the step before"
      />
      {fresh
        .filter(({ message }) => !isOwnReply(message))
        .map(({ message, index }) => (
          <MessageView key={index} message={message} state={isContinued ? "new" : "first"} />
        ))}
    </>
  );
}

interface FoldedProps {
  readonly messages: readonly Message[];
  readonly noun: string;
  readonly note: string;
}

function Folded({ messages, noun, note }: FoldedProps) {
  const [isOpen, setOpen] = useState(false);
  if (messages.length === 0) return null;
  return (
    <>
      <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <span className="disclosure" data-open={isOpen}>
          <ChevronIcon />
        </span>
        {plural(messages.length, noun)}
        <span className="muted">{note}</span>
      </button>
      {isOpen &&
        messages.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages have no identity but their place
          <MessageView key={index} message={message} state="old" />
        ))}
    </>
  );
}

function Tools({ tools }: { readonly tools: readonly ToolDefinition[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <span className="disclosure" data-open={isOpen}>
          <ChevronIcon />
        </span>
        {plural(tools.length, "tool")}
        <bdi className="muted">
          {tools
            .slice(0, 6)
            .map(({ name }) => singleLine(name, 40))
            .join(", ")}
        </bdi>
      </button>
      {isOpen && <JsonView value={tools} />}
    </>
  );
}

function Divider({ label, note }: { readonly label: string; readonly note: string }) {
  return (
    <h4 className="divider">
      <span>{label}</span>
      <span className="muted">{note}</span>
    </h4>
  );
}
