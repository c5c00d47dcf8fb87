import type { ReactNode } from "react";

/** The line at the top of every page. */
export function PageHeader({ children, actions }: { readonly children?: ReactNode; readonly actions?: ReactNode }) {
  return (
    <header className="page-header">
      <div className="page-header-content">{children}</div>
      {actions !== undefined && <div className="page-header-actions">{actions}</div>}
    </header>
  );
}
