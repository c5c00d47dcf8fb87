// biome-ignore-all lint/a11y/useSemanticElements: rows are virtual and positioned; table elements can't be
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and a row is its active descendant
/** One place where the words stand: of which run, in which span, and around them what stands there. */
import type { SearchHit } from "@everspan/protocol";
import type { CSSProperties, MouseEvent } from "react";
import { formatInstant } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { instantMs } from "../../model/text/instant.ts";
import { markedParts } from "../../model/text/marked-parts.ts";
import { navigate } from "../../state/address/location.ts";
import { hitAddress } from "../../state/keys/list-stops.ts";
import styles from "./run-list.module.css";

interface HitRowProps {
  readonly id: string;
  readonly rowIndex: number;
  readonly hit: SearchHit;
  readonly find: string;
  readonly style: CSSProperties;
  readonly isActive: boolean;
  readonly onActive: () => void;
}

export function HitRow({ id, rowIndex, hit, find, style, isActive, onActive }: HitRowProps) {
  const href = hitAddress(hit, find);
  const open = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onActive();
    navigate(href);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the grid, whose active descendant this is
    <div
      id={id}
      className={`${styles.row} ${styles.hit}`}
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={isActive}
      data-testid="hit-row"
      style={style}
      onClick={open}
    >
      <span role="gridcell" className={styles.hitName}>
        <a href={href} tabIndex={-1} className={styles.hitName}>
          <bdi>{singleLine(hit.traceName, 80) || "Unnamed run"}</bdi>
        </a>
      </span>
      <span role="gridcell" className="chip">
        <bdi>{singleLine(hit.spanName, 40)}</bdi> · {hit.place}
      </span>
      <span role="gridcell" className={styles.snippet}>
        <bdi>
          {markedParts(hit.snippet, hit.marks).map(({ text, isMarked }, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable text
            isMarked ? <mark key={index}>{singleLine(text)}</mark> : <span key={index}>{singleLine(text)}</span>,
          )}
        </bdi>
      </span>
      <span role="gridcell" className={`muted ${styles.at}`}>
        {formatInstant(instantMs(hit.startTime)).slice(0, 16)}
      </span>
    </div>
  );
}
