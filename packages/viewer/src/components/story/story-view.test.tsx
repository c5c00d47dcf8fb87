// @vitest-environment happy-dom
import type { StoredSpan } from "@everspan/protocol";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SentBySpan } from "../../model/story/history-change.ts";
import { storyOf } from "../../model/story/story.ts";
import { ALL_OPEN } from "../../model/trace/fold.ts";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { newQueryClient } from "../../state/data/query-client.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { agentRun } from "../../testing/agent-run.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { StoryView } from "./story-view.tsx";

beforeEach(() => giveLayout(1000, 4000, 100));
afterEach(cleanup);

function show(spans: readonly StoredSpan[], selectedId?: string, sent: SentBySpan = new Map()) {
  const tree = buildSpanTree(spans);
  const actions = { select: vi.fn(), fold: vi.fn() } as unknown as RunActions;
  render(
    <QueryClientProvider client={newQueryClient()}>
      <StoryView
        tree={tree}
        story={storyOf(tree, ALL_OPEN)}
        sent={sent}
        matches={[]}
        selectedIndex={selectedId === undefined ? undefined : tree.indexById.get(selectedId)}
        endMs={tree.endMs}
        mainRef={createRef<HTMLDivElement>()}
        actions={actions}
      />
    </QueryClientProvider>,
  );
  return { tree, actions };
}

describe("a run's story", () => {
  test("begins with what was asked, and tells each step with its tools and their answers", () => {
    show(agentRun());
    const [first, , third] = screen.getAllByTestId("story-step");
    expect(first?.textContent).toContain("The parser drops the last row of a CSV file");
    expect(first?.textContent).toContain("instructions");
    expect(first?.textContent).toContain("Let me look at how the parser is laid out");
    const tool = within(third!).getByTestId("story-tool");
    expect(tool.textContent).toContain("npm test -- src/csv");
    expect(tool.textContent).toContain("exit 1");
    expect(tool.textContent).toContain("CommandFailed: npm test ended with exit code 1");
  });

  test("a call and the span that answered it are one row", () => {
    show(agentRun());
    expect(screen.getAllByTestId("story-tool")).toHaveLength(5);
  });

  test("a sub-agent is a chapter with its own steps", () => {
    show(agentRun());
    expect(screen.getByTestId("story-chapter").textContent).toContain("review1 step");
  });

  test("selecting goes to the span, and what is selected is marked", () => {
    const { tree, actions } = show(agentRun(), "shell-2");
    const tool = screen.getAllByTestId("story-tool")[1]!;
    expect(tool.dataset.selected).toBe("true");
    fireEvent.click(screen.getAllByTestId("story-tool")[0]!);
    expect(actions.select).toHaveBeenCalledWith(tree.indexById.get("shell-1"));
  });

  test("a call that no span answers is shown, and says so", () => {
    const reply = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c1", type: "function", function: { name: "search", arguments: '{"q":"tea"}' } }],
    };
    show(drawTrace("run AGENT_WORKFLOW 0-10\n  chat COMPLETION 0-5", { chat: { output: reply } }));
    expect(screen.getByTestId("story-tool").textContent).toContain("searchq: teano span of it was recorded");
  });

  test("nothing is called no reply but nothing", () => {
    const drawing = "run AGENT_WORKFLOW 0-30\n  a COMPLETION 0-5\n  b COMPLETION 5-10\n  c COMPLETION 10-";
    show(drawTrace(drawing, { a: { output: { nobody: ["knows", "this"] } } }));
    const [unread, absent, open] = screen.getAllByTestId("story-step").map((step) => step.textContent);
    expect(unread).not.toContain("No reply");
    expect(absent).toContain("No reply was recorded.");
    expect(open).toContain("Waiting for the reply");
  });

  test("announces other instructions and a rewritten history where they begin, and shows how they differ", () => {
    const call = (system: string, ...asked: readonly string[]) => ({
      input: {
        messages: [{ role: "system", content: system }, ...asked.map((content) => ({ role: "user", content }))],
      },
      output: { role: "assistant", content: "ok" },
    });
    const drawing = "run AGENT_WORKFLOW 0-30\n  a COMPLETION 0-5\n  b COMPLETION 6-10\n  c COMPLETION 11-20";
    const message = (hash: string, role: string) => ({ hash, role, characters: 8 });
    const [brief, kind] = [message("s1", "system"), message("s2", "system")];
    const [one, two] = [message("u1", "user"), message("u2", "user")];
    const sent: SentBySpan = new Map([
      ["a", { toolsHash: null, messages: [brief, one] }],
      ["b", { toolsHash: null, messages: [brief, one, two] }],
      ["c", { toolsHash: "t", messages: [kind, two] }],
    ]);
    const calls = { a: call("Be brief", "one"), b: call("Be brief", "one", "two"), c: call("Be kind", "two") };
    show(drawTrace(drawing, calls), undefined, sent);
    const note = screen.getByTestId("history-note");
    expect(note.closest("[data-span-id]")?.getAttribute("data-span-id")).toBe("c");
    expect(note.textContent).toContain("1 message of 2 no longer sent, 1 now");
    expect(note.textContent).toContain("Other tools from here on");
    fireEvent.click(within(note).getByRole("button", { name: /Instructions changed/ }));
    expect(note.querySelector("del")?.textContent).toBe("brief");
    expect(note.querySelector("ins")?.textContent).toBe("kind");
    expect(within(note).getByRole("link").getAttribute("href")).toBe("/compare?a=drawn&b=drawn&from=b&to=c");
  });

  test("on paper all of it is there, whatever the window has room for", () => {
    giveLayout(1000, 100, 100);
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query === "print",
      addEventListener: () => {},
      removeEventListener: () => {},
    }));
    const steps = Array.from({ length: 60 }, (_, n) => `  chat-${n} COMPLETION ${n * 10}-${n * 10 + 9}`);
    show(drawTrace(`run AGENT_WORKFLOW 0-600\n${steps.join("\n")}`));
    vi.unstubAllGlobals();
    expect(screen.getAllByTestId("story-step")).toHaveLength(60);
  });
});
