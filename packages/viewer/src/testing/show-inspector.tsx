import type { StoredSpan } from "@everspan/protocol";
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { createRef } from "react";
import { Inspector } from "../components/inspector/inspector.tsx";
import { storyOf } from "../model/story/story.ts";
import { ALL_OPEN } from "../model/trace/fold.ts";
import { buildSpanTree } from "../model/trace/span-tree.ts";
import { newQueryClient } from "../state/data/query-client.ts";

/** Draws the inspector of one of a run's spans. */
export function showInspector(spans: readonly StoredSpan[], id: string): void {
  const tree = buildSpanTree(spans);
  render(
    <QueryClientProvider client={newQueryClient()}>
      <Inspector
        tree={tree}
        node={tree.nodes[tree.indexById.get(id)!]!}
        story={storyOf(tree, ALL_OPEN)}
        part={null}
        onSelect={() => {}}
        onClose={() => {}}
        paneRef={createRef<HTMLElement>()}
      />
    </QueryClientProvider>,
  );
}
