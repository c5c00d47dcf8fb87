import { Link } from "../components/link.tsx";
import { PageHeader } from "../components/page-header.tsx";

export function NotFoundPage() {
  return (
    <div className="page">
      <PageHeader />
      <div className="state-page" data-testid="error-state">
        <h2>There is no page at this address</h2>
        <p>
          <Link href="/">All traces</Link>
        </p>
      </div>
    </div>
  );
}
