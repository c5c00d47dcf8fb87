/** Above a trace: what its processes lost, and which of them are silent or gone. */

import type { ProducerSummary } from "@everspan/protocol";
import { useMemo } from "react";
import { producerNotes } from "../../model/losses/producer-notes.ts";
import { plural } from "../../model/text/format.ts";
import type { SpanTree } from "../../model/trace/span-tree.ts";
import { useNowMs } from "../../state/browser/now.ts";
import { WarningIcon } from "../marks/icons.tsx";

/** More would push the trace itself out of sight. */
const MAX_NOTES = 3;

interface ProducerBannerProps {
  readonly producers: readonly ProducerSummary[];
  readonly tree: SpanTree;
}

export function ProducerBanner({ producers, tree }: ProducerBannerProps) {
  const nowMs = useNowMs(producers.length > 0 ? 5_000 : 0);
  const openIds = useMemo(() => {
    const open = tree.nodes.filter(({ endMs }) => endMs === null);
    return new Set(open.map(({ span }) => span.producerId));
  }, [tree]);
  const notes = producerNotes(producers, openIds, nowMs);
  if (notes.length === 0) return null;
  const more = notes.slice(MAX_NOTES);
  return (
    <div className="banner notes" role="status" data-testid="producer-notes">
      <WarningIcon />
      <ul className="banner-text">
        {notes.slice(0, MAX_NOTES).map(({ id, kind, text }) => (
          <li key={`${kind} ${id}`} data-kind={kind}>
            <bdi>{text}</bdi>
          </li>
        ))}
        {more.length > 0 && (
          <li title={more.map(({ text }) => text).join("\n")}>and {plural(more.length, "more note")}</li>
        )}
      </ul>
    </div>
  );
}
