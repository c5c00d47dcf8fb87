const ROWS = Array.from({ length: 14 }, (_, index) => index);

/** The trace table's shape while the trace is on the way. */
export function RunSkeleton() {
  return (
    <div className="skeleton trace-skeleton" role="status" aria-busy="true" aria-label="Loading the trace">
      {ROWS.map((row) => (
        <div key={row} className="skeleton-row">
          <span
            className="skeleton-bar"
            style={{ width: `${20 - ((row * 5) % 9)}%`, marginLeft: `${row === 0 ? 0 : 1.5}%` }}
          />
          <span
            className="skeleton-bar"
            style={{ width: `${10 + ((row * 13) % 17)}%`, marginLeft: `${20 + row * 2.5}%` }}
          />
        </div>
      ))}
    </div>
  );
}
