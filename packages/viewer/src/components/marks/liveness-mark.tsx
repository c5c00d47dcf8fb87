import { LIVENESS_MEANINGS, LIVENESS_WORDS, type Liveness } from "../../model/trace/liveness.ts";

/** A word, with a colour of its own, for what has not ended by itself. */
export function LivenessMark({ liveness }: { readonly liveness: Liveness }) {
  return (
    <span className="liveness" data-liveness={liveness} title={LIVENESS_MEANINGS[liveness]}>
      {LIVENESS_WORDS[liveness]}
    </span>
  );
}
