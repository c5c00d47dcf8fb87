import { PageHeader } from "../components/frame/page-header.tsx";

/** When a page can't be drawn: a part of the viewer did not load, or met what it can't read. */
export function BrokenPage() {
  return (
    <main className="page">
      <PageHeader>
        <h1 className="page-title">Something went wrong</h1>
      </PageHeader>
      <div className="state-page" data-testid="error-state" role="alert">
        <h2>This page can't be drawn</h2>
        <p>A part of the viewer did not load, or the data is of a shape it doesn't know. The data itself is safe.</p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load the page again
        </button>
      </div>
    </main>
  );
}
