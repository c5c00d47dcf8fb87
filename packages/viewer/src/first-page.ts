/**
 * What the page at this address begins with. It is drawn when that is there: one picture instead of three, of which a
 * frame without contents and their outlines are the first two.
 */
import type { QueryClient } from "@tanstack/react-query";
import { partOf } from "./components/frame/loaded-part.tsx";
import { markdown } from "./components/text/markdown-part.ts";
import { readListAddress } from "./state/address/list-address.ts";
import { readTraceAddress } from "./state/address/trace-address.ts";
import { prefetchRuns } from "./state/data/use-run-list.ts";

export const tracePage = partOf(() => import("./pages/trace-page.tsx"));

/** After so long a reader is shown that something is on its way. */
const MAX_WAIT_MS = 250;

/** Resolves when the page can be drawn with its contents, or without them because they take their time. */
export function firstPage(client: QueryClient, address: URL): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, MAX_WAIT_MS));
  return Promise.race([contentsOf(client, address), late]);
}

async function contentsOf(client: QueryClient, address: URL): Promise<void> {
  const view = readTraceAddress(address);
  if (view !== null) {
    const isRead = view.lens === null || view.lens === "story";
    const data = import("./state/data/use-trace.ts").then(({ prefetchTrace }) => prefetchTrace(client, view.traceId));
    await Promise.all([data.catch(() => {}), tracePage.load(), isRead ? markdown.load() : undefined]);
  } else if (address.pathname === "/") {
    await prefetchRuns(client, readListAddress(address));
  }
}
