// @vitest-environment happy-dom
/** What is asked of the collector beside a run is asked again when the run has changed. */
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { useMatches } from "../run/use-matches.ts";
import { newQueryClient } from "./query-client.ts";
import { useSentMessages } from "./use-sent-messages.ts";

const EVENTUALLY = { timeout: 20_000 };
const TREE = buildSpanTree(drawTrace("run AGENT_WORKFLOW 0-10"));

let asked: string[];

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return Response.json({ hits: [], calls: [], messages: {}, nextCursor: null });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const run = (running: boolean, revision: number) => ({ traceId: "t", running, revision });

test.each([
  { what: "what its calls were sent", ask: (of: ReturnType<typeof run>) => void useSentMessages(of, true) },
  { what: "where it says some words", ask: (of: ReturnType<typeof run>) => void useMatches(TREE, of, "words") },
])("$what: at its end, and when a later span comes, but not at each change while it runs", async ({ ask }) => {
  const client = newQueryClient();
  const wrapper = ({ children }: { readonly children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { rerender } = renderHook(ask, { wrapper, initialProps: run(true, 1) });
  await waitFor(() => expect(asked).toHaveLength(1), EVENTUALLY);
  rerender(run(true, 2));
  rerender(run(false, 3));
  await waitFor(() => expect(asked).toHaveLength(2), EVENTUALLY);
  rerender(run(false, 4));
  await waitFor(() => expect(asked).toHaveLength(3), EVENTUALLY);
});
