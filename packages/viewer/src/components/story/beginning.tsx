/** What a conversation begins with: instructions and tools once, folded, and what was asked. */
import type { StoredSpan } from "@everspan/protocol";
import { plainText } from "@everspan/reading";
import { useState } from "react";
import { readingOf, sentBy } from "../../model/said/reading.ts";
import { formatBytes, plural } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { MessageView } from "../inspector/message-view.tsx";
import { ChevronIcon } from "../marks/icons.tsx";
import { Said } from "./said.tsx";
import styles from "./story.module.css";

const MAX_ASKED = 6;

export function Beginning({ span, isLoading }: { readonly span: StoredSpan; readonly isLoading: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const messages = sentBy(span);
  if (messages.length === 0) return isLoading ? <p className={styles.beginning}>Loading what was asked…</p> : null;
  const system = messages.filter(({ role }) => role === "system");
  const asked = messages.filter(({ role }) => role !== "system").slice(0, MAX_ASKED);
  const { tools } = readingOf(span).call;
  const note = [
    ...(system.length > 0 ? [`instructions, ${formatBytes(system.map(plainText).join("").length)}`] : []),
    ...(tools !== undefined && tools.length > 0 ? [plural(tools.length, "tool")] : []),
  ].join(" · ");
  return (
    <div className={styles.beginning}>
      {note !== "" && (
        <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          <span className="disclosure" data-open={isOpen}>
            <ChevronIcon />
          </span>
          {note}
          <span className={styles.peek}>{singleLine(system.map(plainText).join(" "), 160)}</span>
        </button>
      )}
      {isOpen &&
        system.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages of one immutable call
          <MessageView key={index} message={message} state="first" />
        ))}
      {asked.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages of one immutable call
        <div key={index} className={styles.asked} data-role={message.role}>
          <span className={styles.who}>{message.role === "user" ? "Asked" : message.role}</span>
          <Said messages={[message]} />
        </div>
      ))}
    </div>
  );
}
