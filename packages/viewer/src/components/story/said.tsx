/** A model's own words, folded where they are long. Its tool calls have rows of their own. */
import type { Message, Part } from "@everspan/reading";
import { useState } from "react";
import { formatBytes } from "../../model/text/format.ts";
import { PartView } from "../inspector/part-view.tsx";
import styles from "./story.module.css";

const LONG_CHARACTERS = 900;
const LONG_LINES = 12;
/** More than its folded height has room for. */
const FOLDED_CHARACTERS = 1200;

export function Said({ messages }: { readonly messages: readonly Message[] }) {
  const parts = messages.flatMap((message) => message.parts).filter((part) => part.kind !== "toolCall");
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  const isLong = length > LONG_CHARACTERS || parts.some((part) => linesOf(part) > LONG_LINES);
  const [isOpen, setOpen] = useState(false);
  if (parts.length === 0) return null;
  return (
    <div className={styles.said}>
      <div className={styles.words} data-folded={isLong && !isOpen}>
        {parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable reply
          <PartView key={index} part={isLong && !isOpen ? beginningOf(part) : part} />
        ))}
      </div>
      {isLong && (
        <button
          type="button"
          className={styles.more}
          onClick={(event) => {
            event.stopPropagation();
            setOpen(!isOpen);
          }}
          aria-expanded={isOpen}
        >
          {isOpen ? "Show less" : `Show all (${formatBytes(length)})`}
        </button>
      )}
    </div>
  );
}

/** What of it can be seen while it is folded: the rest is neither parsed nor laid out. */
function beginningOf(part: Part): Part {
  if (part.kind !== "text" || lengthOf(part) <= FOLDED_CHARACTERS) return part;
  return { ...part, text: part.text.slice(0, FOLDED_CHARACTERS) };
}

function lengthOf(part: Part): number {
  return "text" in part && typeof part.text === "string" ? part.text.length : 0;
}

function linesOf(part: Part): number {
  return part.kind === "text" ? part.text.slice(0, 4000).split("\n").length : 0;
}
