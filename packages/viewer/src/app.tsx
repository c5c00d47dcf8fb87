/** Which page an address means. */
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { TracePage } from "./pages/trace-page.tsx";
import { TracesPage } from "./pages/traces-page.tsx";
import { readListAddress } from "./state/list-address.ts";
import { useAddress } from "./state/location.ts";
import { readTraceAddress } from "./state/trace-address.ts";

export function App() {
  const address = useAddress();
  const view = readTraceAddress(address);
  if (view !== null) return <TracePage key={view.traceId} view={view} />;
  if (address.pathname === "/") return <TracesPage view={readListAddress(address)} />;
  return <NotFoundPage />;
}
