import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import styles from "./text-diff.module.css";

/** Longer texts are compared by their beginnings: the time grows with the product of the differences. */
const MAX_LENGTH = 8000;

/** What was taken out and what was put in, word by word. */
export function TextDiff({ before, after }: { readonly before: string; readonly after: string }) {
  const parts = useMemo(
    () => diffWordsWithSpace(before.slice(0, MAX_LENGTH), after.slice(0, MAX_LENGTH), { timeout: 200 }) ?? [],
    [before, after],
  );
  return (
    <p className={styles.diff}>
      {parts.map((part, index) => {
        const text = exposeHidden(part.value);
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable comparison
        if (part.added) return <ins key={index}>{text}</ins>;
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable comparison
        return part.removed ? <del key={index}>{text}</del> : <span key={index}>{shortened(text)}</span>;
      })}
    </p>
  );
}

/** What is the same only gives the place. */
function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 60)} … ${text.slice(-60)}` : text;
}
