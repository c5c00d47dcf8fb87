import type { MediaPart } from "@everspan/reading";
import { useState } from "react";
import { formatBytes } from "../../model/text/format.ts";
import { exposeHidden, singleLine } from "../../model/text/hostile-text.ts";
import { mediaLabel, rasterUrl } from "../../model/text/images.ts";
import styles from "./image-view.module.css";
import { PlainText } from "./plain-text.tsx";

/** A picture, small until it is pressed; another medium by its name and, where it has one, its text. */
export function MediaView({ part }: { readonly part: MediaPart }) {
  const [isLarge, setLarge] = useState(false);
  const url = part.kind === "image" ? rasterUrl(part) : undefined;
  const label = [exposeHidden(singleLine(mediaLabel(part), 200)), part.bytes === null ? "" : formatBytes(part.bytes)]
    .filter(Boolean)
    .join(" · ");
  if (url === undefined) {
    return (
      <div className={styles.named}>
        <span className="chip">{label}</span>
        {part.text !== undefined && part.text !== "" && <PlainText text={part.text} />}
      </div>
    );
  }
  return (
    <button
      type="button"
      className={styles.frame}
      data-large={isLarge}
      onClick={() => setLarge(!isLarge)}
      title={label}
    >
      <img src={url} alt={label} loading="lazy" decoding="async" />
    </button>
  );
}
