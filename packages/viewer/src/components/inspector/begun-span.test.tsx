// @vitest-environment happy-dom
import type { StoredSpan } from "@everspan/protocol";
import { cleanup, configure, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { showInspector } from "../../testing/show-inspector.tsx";

/** Thousands of lines take their time to be drawn. */
configure({ asyncUtilTimeout: 20_000 });

const LINE = "a line of the log\n";
const WHOLE = LINE.repeat(20_000);
/** What the collector says of the payload in the run's page. */
const BYTES = 3_600_000;
const asked: string[] = [];
let isFailing = false;
const copied = vi.fn(async () => {});

beforeEach(() => {
  giveLayout(1000, 800, 20);
  asked.length = 0;
  isFailing = false;
  copied.mockClear();
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: copied } });
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const limit = new URL(path, "http://x").searchParams.get("textLimit");
    if (limit === null && isFailing) return Response.json({ error: { message: "out of order" } }, { status: 500 });
    const stdout = limit === null ? WHOLE : WHOLE.slice(0, Number(limit));
    const cutTexts = [{ pointer: "/output/stdout", characters: WHOLE.length }];
    return Response.json({ ...span({ stdout }), ...(limit === null ? {} : { cutTexts }) });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function span(output: unknown): StoredSpan {
  return drawTrace("cat CODE_EXECUTION 0-1", { cat: { input: { command: "cat log" }, output } })[0]!;
}

async function show() {
  showInspector([span({ omitted: true, bytes: BYTES })], "cat");
  return screen.findByTestId("beginning-note");
}

test("of a large text the beginning is loaded and called so, with the size of the whole", async () => {
  const note = await show();
  expect(asked).toEqual([expect.stringContaining("?textLimit=262144")]);
  expect(note.textContent).toContain("beginnings are loaded");
  expect(note.textContent).toContain("Load all 3.43 MB");
  expect(screen.getByRole("button", { name: /Show all \(349 KB more\)/ })).toBeDefined();
});

test("who reads on has the whole loaded", async () => {
  await show();
  fireEvent.click(screen.getByRole("button", { name: /Show all/ }));
  await waitFor(() => expect(screen.queryByTestId("beginning-note")).toBeNull());
  expect(asked).toHaveLength(2);
  expect(asked[1]).not.toContain("textLimit");
  expect(document.body.textContent!.length).toBeGreaterThan(330_000);
});

test("what is copied is the whole", async () => {
  await show();
  fireEvent.click(screen.getByRole("button", { name: "Copy output" }));
  await waitFor(() => expect(copied).toHaveBeenCalledTimes(1));
  expect(JSON.parse(copied.mock.calls[0]!.at(0) as unknown as string)).toEqual({ stdout: WHOLE });
});

test("when the rest can't be loaded, that is said, nothing is copied, and it may be tried again", async () => {
  isFailing = true;
  const note = await show();
  fireEvent.click(screen.getByRole("button", { name: "Copy output" }));
  await waitFor(() => expect(note.textContent).toContain("can't be loaded: out of order"));
  expect(copied).not.toHaveBeenCalled();
  isFailing = false;
  fireEvent.click(screen.getByRole("button", { name: /Load all/ }));
  await waitFor(() => expect(screen.queryByTestId("beginning-note")).toBeNull());
  expect(copied).not.toHaveBeenCalled();
});
