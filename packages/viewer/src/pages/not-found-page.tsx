import { Link } from "../components/controls/link.tsx";
import { PageHeader } from "../components/frame/page-header.tsx";

export function NotFoundPage() {
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Not found</h1>
      </PageHeader>
      <div className="state-page" data-testid="error-state">
        <h2>There is no page at this address</h2>
        <p>
          <Link href="/">All runs</Link>
        </p>
      </div>
    </main>
  );
}
