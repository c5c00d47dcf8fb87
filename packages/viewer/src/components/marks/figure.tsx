import type { ReactNode } from "react";

interface FigureProps {
  readonly label: string;
  readonly children: ReactNode;
  /** The exact value, on hover. */
  readonly title?: string;
  readonly isError?: boolean;
}

/** A named value, one of several in a line. */
export function Figure({ label, children, title, isError = false }: FigureProps) {
  return (
    <div className={isError ? "figure error" : "figure"} title={title}>
      <span className="figure-label">{label}</span>
      <span className="figure-value">{children}</span>
    </div>
  );
}
