// @vitest-environment happy-dom
import { cleanup, fireEvent, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test } from "vitest";
import { shortcutScopes, useShortcuts } from "./shortcuts.ts";

afterEach(cleanup);

const done: string[] = [];

function Scope({ title, isEverywhere, children }: { title: string; isEverywhere?: boolean; children?: ReactNode }) {
  const shortcut = { keys: ["q"], does: title, run: () => done.push(title) };
  useShortcuts({ title, shortcuts: [shortcut], ...(isEverywhere === true && { isEverywhere }) });
  return children;
}

test("a page's keys go before those of every page, whichever was there first", () => {
  // What is inside registers first.
  render(
    <Scope title="everywhere" isEverywhere>
      <Scope title="page" />
    </Scope>,
  );
  expect(shortcutScopes().map(({ title }) => title)).toEqual(["page", "everywhere"]);
  fireEvent.keyDown(window, { key: "q" });
  expect(done).toEqual(["page"]);
});
