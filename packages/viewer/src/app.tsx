/** Which page an address means. Pages that are not the first one seen are loaded when they are asked for. */
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { AppFrame } from "./components/frame/app-frame.tsx";
import { FailureFence } from "./components/frame/failure-fence.tsx";
import { LoadedPart } from "./components/frame/loaded-part.tsx";
import { tracePage } from "./first-page.ts";
import { BrokenPage } from "./pages/broken-page.tsx";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { RunsPage } from "./pages/runs-page.tsx";
import { readCompareAddress } from "./state/address/compare-address.ts";
import { readListAddress } from "./state/address/list-address.ts";
import { useAddress } from "./state/address/location.ts";
import { readOverviewAddress } from "./state/address/overview-address.ts";
import { readSessionsAddress } from "./state/address/sessions-address.ts";
import { readTraceAddress } from "./state/address/trace-address.ts";

const ComparePage = lazy(() => import("./pages/compare-page.tsx"));
const LossesPage = lazy(() => import("./pages/losses-page.tsx"));
const OverviewPage = lazy(() => import("./pages/overview-page.tsx"));
const UsersPage = lazy(() => import("./pages/users-page.tsx"));
const SessionsPage = lazy(() => import("./pages/sessions-page.tsx"));

const PREFETCH_DELAY_MS = 1500;

export function App() {
  const address = useAddress();
  // A run is what a reader of the list opens next: its part of the viewer is fetched while the list is read.
  useEffect(() => {
    const timer = setTimeout(() => void tracePage.load(), PREFETCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <AppFrame>
      <FailureFence key={address.pathname} instead={<BrokenPage />}>
        <Suspense fallback={<main className="page" aria-busy="true" />}>{pageOf(address)}</Suspense>
      </FailureFence>
    </AppFrame>
  );
}

function pageOf(address: URL): ReactNode {
  const view = readTraceAddress(address);
  if (view !== null) return <LoadedPart part={tracePage} key={view.traceId} props={{ view }} />;
  switch (address.pathname) {
    case "/":
      return <RunsPage view={readListAddress(address)} />;
    case "/overview":
      return <OverviewPage view={readOverviewAddress(address)} />;
    case "/sessions":
      return <SessionsPage view={readSessionsAddress(address)} />;
    case "/users":
      return <UsersPage />;
    case "/losses":
      return <LossesPage />;
    case "/compare":
      return <ComparePage view={readCompareAddress(address)} />;
    default:
      return <NotFoundPage />;
  }
}
