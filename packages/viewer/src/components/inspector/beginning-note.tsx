/** Says that what is shown is not all, and has the whole loaded. */
import { formatBytes } from "../../model/text/format.ts";
import { useWholeSpan } from "../../state/run/whole-span.ts";
import styles from "./inspector.module.css";

export function BeginningNote({ bytes }: { readonly bytes: number }) {
  const { isCut, isLoading, failure, load } = useWholeSpan();
  if (!isCut) return null;
  return (
    <p className={styles.beginning} data-testid="beginning-note">
      {failure === undefined
        ? "Of its long texts the beginnings are loaded."
        : `The rest of its long texts can't be loaded: ${failure}.`}
      <button type="button" className="button small" onClick={load} disabled={isLoading}>
        {isLoading ? `Loading ${formatBytes(bytes)}…` : `Load all ${formatBytes(bytes)}`}
      </button>
    </p>
  );
}
