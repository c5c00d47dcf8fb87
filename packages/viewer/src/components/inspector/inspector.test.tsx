// @vitest-environment happy-dom
import type { StoredSpan } from "@everspan/protocol";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentRun } from "../../testing/agent-run.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { showInspector } from "../../testing/show-inspector.tsx";

beforeEach(() => giveLayout(600, 4000));
afterEach(cleanup);

function inspect(spans: readonly StoredSpan[], id: string): string {
  showInspector(spans, id);
  return screen.getByTestId("span-detail").textContent ?? "";
}

const one = (type: string, extra: Partial<StoredSpan>) =>
  drawTrace(`run AGENT_WORKFLOW 0-9\n  it ${type} 0-5`, { it: extra });

describe("the inspector", () => {
  test("shows a model call with what is new in it, its own earlier reply folded", () => {
    const shown = inspect(agentRun(), "think-3");
    expect(shown).toContain("New in this step");
    expect(shown).toContain("its own reply in the step before");
    expect(screen.getAllByTestId("message").map(({ dataset }) => [dataset.role, dataset.state])).toEqual([
      ["system", "system"],
      ["tool", "new"],
      ["assistant", "reply"],
    ]);
  });

  test("begins with the error and its stack", () => {
    const shown = inspect(agentRun(), "shell-3");
    expect(shown.indexOf("CommandFailed")).toBeLessThan(shown.indexOf("npm test -- src/csv"));
    expect(shown).toContain("at runShell");
  });

  test("a payload of a form that nobody reads is shown as it is, never called absent", () => {
    const shown = inspect(one("COMPLETION", { output: { strange: { answer: 42 } } }), "it");
    expect(shown).not.toContain("No reply");
    expect(shown).toContain("strange");
  });

  test("an absent reply is called absent", () => {
    expect(inspect(one("COMPLETION", {}), "it")).toContain("No reply was recorded.");
  });

  test.each(["COMPLETION", "CODE_EXECUTION"])("what damage of the store took of a %s is called lost", (type) => {
    const lost = { omitted: true, bytes: 2048, reason: "missing" };
    const shown = inspect(one(type, { input: lost, output: lost, data: lost }), "it");
    expect(shown.match(/2 KB lost to damage of the store/g)).toHaveLength(3);
    expect(shown).not.toContain("Loading");
    expect(shown).not.toContain("No reply");
  });

  test("a result that the SDK cut says so, with how much", () => {
    inspect(one("CODE_EXECUTION", { output: "[Truncated: 20520000 characters]" }), "it");
    expect(screen.getByTestId("cut-note").textContent).toContain("0 of 20,520,000 characters kept");
  });

  test("a picture is shown from the payload, a drawing never", () => {
    const part = (url: string) => ({ type: "image_url", image_url: { url } });
    const content = [part("data:image/png;base64,iVBORw0K"), part("data:image/svg+xml;base64,PHN2Zz4=")];
    inspect(one("COMPLETION", { input: { messages: [{ role: "user", content }] } }), "it");
    expect([...document.querySelectorAll("img")].map(({ src }) => src)).toEqual(["data:image/png;base64,iVBORw0K"]);
  });
});
