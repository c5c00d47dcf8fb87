import { type ChangeObject, diffWordsWithSpace } from "diff";
import { useMemo } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import styles from "./text-diff.module.css";

/** Longer texts are compared by their beginnings: the time grows with the product of the differences. */
const MAX_LENGTH = 8000;
/** With less in common, words of the one between words of the other can't be read. */
const MIN_COMMON_SHARE = 0.4;
/** So many pieces can be read whatever they have in common. */
const MAX_TORN_PARTS = 6;

/** What was taken out and what was put in, word by word. */
export function TextDiff({ before, after }: { readonly before: string; readonly after: string }) {
  const parts = useMemo(
    () => diffWordsWithSpace(before.slice(0, MAX_LENGTH), after.slice(0, MAX_LENGTH), { timeout: 200 }) ?? [],
    [before, after],
  );
  if (parts.length > MAX_TORN_PARTS && commonShare(parts) < MIN_COMMON_SHARE) {
    return (
      <div className={styles.diff}>
        {before !== "" && <del className={styles.whole}>{exposeHidden(before.slice(0, MAX_LENGTH))}</del>}
        {after !== "" && <ins className={styles.whole}>{exposeHidden(after.slice(0, MAX_LENGTH))}</ins>}
      </div>
    );
  }
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

/** Words, not the spaces between them. */
function commonShare(parts: readonly ChangeObject<string>[]): number {
  const length = (part: ChangeObject<string>) => part.value.replaceAll(/\s/g, "").length;
  const all = parts.reduce((sum, part) => sum + length(part), 0);
  const same = parts.reduce((sum, part) => (part.added || part.removed ? sum : sum + length(part)), 0);
  return all === 0 ? 1 : same / all;
}

/** What is the same only gives the place. */
function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 60)} … ${text.slice(-60)}` : text;
}
