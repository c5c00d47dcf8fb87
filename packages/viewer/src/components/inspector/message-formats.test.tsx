// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { storyOf } from "../../model/story/story.ts";
import { ALL_OPEN } from "../../model/trace/fold.ts";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { newQueryClient } from "../../state/data/query-client.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { ANSWER, MESSAGE_FORMATS, QUESTION } from "../../testing/message-formats.ts";
import { StoryView } from "../story/story-view.tsx";
import { Inspector } from "./inspector.tsx";

beforeEach(() => giveLayout(900, 4000));
afterEach(cleanup);

test("there are as many forms as are promised, each with its own name", () => {
  expect(new Set(MESSAGE_FORMATS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(24);
});

test.each(MESSAGE_FORMATS.map((format) => [format.name, format] as const))(
  "%s: the question and the answer stand in the inspector and in the story",
  (_, { input, output }) => {
    const spans = drawTrace("run AGENT_WORKFLOW 0-9\n  chat COMPLETION 0-5", { chat: { input, output } });
    const tree = buildSpanTree(spans);
    const story = storyOf(tree, ALL_OPEN);
    render(
      <QueryClientProvider client={newQueryClient()}>
        <Inspector
          tree={tree}
          node={tree.nodes[1]!}
          story={story}
          part={null}
          onSelect={vi.fn()}
          onClose={vi.fn()}
          paneRef={createRef<HTMLElement>()}
        />
        <StoryView
          tree={tree}
          story={story}
          sent={new Map()}
          matches={[]}
          selectedIndex={undefined}
          endMs={tree.endMs}
          mainRef={createRef<HTMLDivElement>()}
          actions={{ select: vi.fn(), fold: vi.fn() } as unknown as RunActions}
        />
      </QueryClientProvider>,
    );
    for (const place of ["span-detail", "story"]) {
      const shown = screen.getByTestId(place).textContent ?? "";
      expect(shown).toContain(QUESTION);
      expect(shown).toContain(ANSWER);
      expect(shown).not.toMatch(/No reply|Nothing was recorded|Empty message/);
    }
    const roles = screen.getAllByTestId("message").map(({ dataset }) => dataset.role);
    expect(roles).toContain("user");
    expect(roles).toContain("assistant");
  },
);
