// @vitest-environment happy-dom
import type { StoredSpan } from "@everspan/protocol";
import { cleanup, configure, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { showInspector } from "../../testing/show-inspector.tsx";

/** Thousands of lines take their time to be drawn. */
configure({ asyncUtilTimeout: 20_000 });

const LOG = "a line of the log\n".repeat(20_000);
const OTHER_LOG = `${LOG.slice(0, -2)}!\n`;
const ASKED = { role: "user", content: "What does the log say?" };
const PRESSED = { role: "user", content: "Be brief." };
let logs: Readonly<Record<string, string>>;

/** Two calls of one run; the second sends what the first did, and one message more. */
function spans(inputs: Readonly<Record<string, unknown>>): StoredSpan[] {
  return drawTrace("run AGENT_WORKFLOW 0-9\n  first COMPLETION 0-2\n  second COMPLETION 3-5", {
    first: { input: inputs.first },
    second: { input: inputs.second },
  });
}

function inputs(limit: number) {
  const log = (id: string) => ({ role: "user", content: logs[id]!.slice(0, limit) });
  return { first: { messages: [ASKED, log("first")] }, second: { messages: [ASKED, log("second"), PRESSED] } };
}

beforeEach(() => {
  giveLayout(1000, 800, 20);
  logs = { first: LOG, second: LOG };
  vi.stubGlobal("fetch", async (path: string) => {
    const { pathname, searchParams } = new URL(path, "http://x");
    const limit = searchParams.get("textLimit");
    const id = pathname.endsWith("first") ? "first" : "second";
    const span = spans(inputs(limit === null ? Number.POSITIVE_INFINITY : Number(limit))).find((it) => it.id === id);
    const cutTexts = [{ pointer: "/input/messages/1/content", characters: LOG.length }];
    return Response.json({ ...span, ...(limit === null ? {} : { cutTexts }) });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show() {
  const omitted = { omitted: true, bytes: 3_600_000 };
  showInspector(spans({ first: omitted, second: omitted }), "second");
  await screen.findByText("New in this step");
}

const states = () => screen.getAllByTestId("message").map(({ dataset }) => dataset.state);
const text = () => screen.getByTestId("span-detail").textContent ?? "";

test("a message of which the beginning is loaded is called neither new nor sent before, until all of it is there", async () => {
  await show();
  expect(text()).toContain("Not compared yet1 message, not loaded whole");
  expect(text()).toContain("1 earlier message");
  expect(states()).toEqual(["first", "new"]);
  fireEvent.click(screen.getByRole("button", { name: /Load all/ }));
  await waitFor(() => expect(text()).toContain("2 earlier messages"));
  expect(text()).not.toContain("Not compared yet");
  expect(states()).toEqual(["new"]);
});

test("when the rest differs it is new", async () => {
  logs = { first: LOG, second: OTHER_LOG };
  await show();
  expect(states()).toEqual(["first", "new"]);
  fireEvent.click(screen.getByRole("button", { name: /Load all/ }));
  await waitFor(() => expect(states()).toEqual(["new", "new"]));
  expect(text()).toContain("New in this step2 messages");
});
