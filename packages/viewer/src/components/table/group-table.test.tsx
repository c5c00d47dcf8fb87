// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { GroupTable } from "./group-table.tsx";

afterEach(cleanup);

const DRAWING = `
  run AGENT_WORKFLOW 0-1000
    chat-1 COMPLETION 0-300
    chat-2 COMPLETION 300-900
    ls CODE_EXECUTION 900-950 ERROR
`;

function show() {
  const chat = { name: "chat", costUsd: 0.25, inputTokens: 100, outputTokens: 10 };
  const tree = buildSpanTree(drawTrace(DRAWING, { "chat-1": chat, "chat-2": chat }));
  const onSelect = vi.fn();
  render(
    <GroupTable tree={tree} mainRef={createRef<HTMLDivElement>()} selectedIndex={undefined} onSelect={onSelect} />,
  );
  return { tree, onSelect };
}

const rowOf = (name: string) =>
  screen.getAllByTestId("group-row").find((row) => within(row).queryByText(name) !== null)!;
const cell = (name: string, column: string) => rowOf(name).querySelector(`[data-column=${column}]`)?.textContent;

test("spans of one name and type are one line with their sums", () => {
  show();
  expect(["count", "totalMs", "selfMs", "costUsd"].map((column) => cell("chat", column))).toEqual([
    "2",
    "900 ms",
    "900 ms",
    "$0.500",
  ]);
  expect(cell("chat", "tokens")).toBe("200 → 20");
  expect(cell("ls", "errorCount")).toBe("1");
  expect(cell("run", "selfMs")).toBe("50 ms");
});

test("a line leads to the longest of its spans", () => {
  const { tree, onSelect } = show();
  fireEvent.click(within(rowOf("chat")).getByRole("button"));
  expect(onSelect).toHaveBeenCalledWith(tree.indexById.get("chat-2"));
});

test("a heading sorts, and a second press turns the order", () => {
  show();
  const heading = screen.getByRole("button", { name: "Errors" });
  const first = () => screen.getAllByTestId("group-row")[0]?.textContent;
  fireEvent.click(heading);
  expect(first()).toContain("ls");
  expect(heading.closest("th")?.getAttribute("aria-sort")).toBe("descending");
  fireEvent.click(heading);
  expect(heading.closest("th")?.getAttribute("aria-sort")).toBe("ascending");
  expect(first()).not.toContain("ls");
});
