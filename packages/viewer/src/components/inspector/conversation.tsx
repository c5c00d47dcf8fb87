/**
 * A model call as a conversation. What the call before it had sent already is folded away; what is new in this step
 * stands between that and the reply.
 */
import type { StoredSpan } from "@everspan/protocol";
import { useMemo, useState } from "react";
import type { Message } from "../../model/conversation/message.ts";
import { compareConversations } from "../../model/conversation/novelty.ts";
import { parseConversation, parseReply } from "../../model/conversation/parse-messages.ts";
import { previousModelCall } from "../../model/conversation/previous-call.ts";
import { plural } from "../../model/format.ts";
import { mayStillEnd, spanLiveness } from "../../model/liveness.ts";
import type { SpanNode, SpanTree } from "../../model/span-tree.ts";
import { useSpan } from "../../state/use-span.ts";
import { ChevronIcon } from "../icons.tsx";
import { IoTab } from "./io-tab.tsx";
import { MessageView } from "./message-view.tsx";

interface MessagesTabProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly span: StoredSpan;
}

export function MessagesTab({ tree, node, span }: MessagesTabProps) {
  const conversation = useMemo(() => parseConversation(span.input), [span.input]);
  const reply = useMemo(() => (span.output === undefined ? null : parseReply(span.output)), [span.output]);
  const before = useMemo(() => previousModelCall(tree, node), [tree, node]);
  const earlier = useSpan(before?.span);
  const earlierMessages = useMemo(
    () => (earlier.span === undefined ? null : parseConversation(earlier.span.input)),
    [earlier.span],
  );
  if (conversation === null && reply === null) return <IoTab span={span} />;
  if (earlier.omittedBytes > 0 && earlier.span === undefined && earlier.error === undefined) {
    return <div className="pending muted">Comparing with the step before…</div>;
  }
  return (
    <div className="conversation">
      {conversation === null ? (
        <IoTab span={{ ...span, output: undefined }} />
      ) : (
        <Sent messages={conversation} earlier={earlierMessages} />
      )}
      <Divider label="Reply" />
      {reply?.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages have no identity but their place
        <MessageView key={index} message={message} state="reply" />
      ))}
      {reply === null && (
        <p className="muted no-reply">
          {mayStillEnd(spanLiveness(span)) ? "Waiting for the reply…" : "No reply was recorded."}
        </p>
      )}
    </div>
  );
}

function Sent({
  messages,
  earlier,
}: {
  readonly messages: readonly Message[];
  readonly earlier: readonly Message[] | null;
}) {
  const [isOpen, setOpen] = useState(false);
  const novelty = useMemo(() => compareConversations(earlier ?? [], messages), [earlier, messages]);
  const isContinued = novelty.newCount < messages.length;
  const placed = messages.map((message, index) => ({ message, index, isOld: novelty.sentBefore[index] === true }));
  const system = placed.filter(({ message }) => message.role === "system");
  const old = placed.filter(({ message, isOld }) => isOld && message.role !== "system");
  const fresh = placed.filter(({ message, isOld }) => !isOld && message.role !== "system");
  return (
    <>
      {system.map(({ message, index }) => (
        <MessageView key={index} message={message} state="system" />
      ))}
      {old.length > 0 && (
        <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          <span className="disclosure" data-open={isOpen}>
            <ChevronIcon />
          </span>
          {plural(old.length, "earlier message")}
          <span className="muted">sent before</span>
        </button>
      )}
      {isOpen && old.map(({ message, index }) => <MessageView key={index} message={message} state="old" />)}
      {isContinued && (
        <Divider
          label="New in this step"
          note={[
            plural(fresh.length, "message"),
            ...(novelty.droppedCount > 0
              ? [`${plural(novelty.droppedCount, "message")} of the step before no longer sent`]
              : []),
          ].join(" · ")}
        />
      )}
      {fresh.map(({ message, index }) => (
        <MessageView key={index} message={message} state={isContinued ? "new" : "first"} />
      ))}
    </>
  );
}

function Divider({ label, note }: { readonly label: string; readonly note?: string }) {
  return (
    <h3 className="divider">
      <span>{label}</span>
      {note !== undefined && <span className="muted">{note}</span>}
    </h3>
  );
}
