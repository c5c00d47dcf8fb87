import { formatExactCount } from "../../model/text/format.ts";
import { ErrorIcon } from "../marks/icons.tsx";
import styles from "./charts.module.css";

/** How many failed, in a table's cell: nothing where none did. */
export function FailedCount({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <span className={styles.failed}>
      <ErrorIcon /> {formatExactCount(count)}
    </span>
  );
}
