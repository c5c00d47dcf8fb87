import type { ReactNode } from "react";
import { LogoIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";

/** The bar at the top of every page. */
export function PageHeader({ children, actions }: { readonly children?: ReactNode; readonly actions?: ReactNode }) {
  return (
    <header className="page-header">
      <Link href="/" className="brand" aria-label="Everspan: all traces">
        <LogoIcon />
        <span className="brand-name">Everspan</span>
      </Link>
      <div className="page-header-content">{children}</div>
      <div className="page-header-actions">
        {actions}
        <ThemeToggle />
      </div>
    </header>
  );
}
