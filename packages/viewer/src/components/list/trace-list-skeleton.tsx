const ROWS = Array.from({ length: 9 }, (_, index) => index);

/** The list's shape while its first page is on the way. */
export function TraceListSkeleton() {
  return (
    <div className="trace-list skeleton" role="status" aria-busy="true" aria-label="Loading traces">
      {ROWS.map((row) => (
        <div key={row} className="skeleton-row">
          <span className="skeleton-bar" style={{ width: `${38 - ((row * 7) % 18)}%` }} />
          <span className="skeleton-bar" style={{ width: "8%" }} />
          <span className="skeleton-bar" style={{ width: "6%" }} />
          <span className="skeleton-bar" style={{ width: "10%" }} />
        </div>
      ))}
    </div>
  );
}
