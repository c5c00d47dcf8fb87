import styles from "./run-list.module.css";

const ROWS = Array.from({ length: 12 }, (_, index) => index);

/** The list's shape while its first page is on the way. */
export function ListSkeleton() {
  return (
    <div className={styles.list} role="status" aria-busy="true" aria-label="Loading runs">
      <div className={styles.head} />
      {ROWS.map((row) => (
        <div key={row} className={styles.skeletonRow}>
          <span className="skeleton-bar" style={{ width: `${48 - ((row * 7) % 18)}%` }} />
          <span className="skeleton-bar" style={{ width: "8%" }} />
          <span className="skeleton-bar" style={{ width: "6%" }} />
        </div>
      ))}
    </div>
  );
}
