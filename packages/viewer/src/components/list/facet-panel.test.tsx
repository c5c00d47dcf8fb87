// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newQueryClient } from "../../state/data/query-client.ts";
import { FacetPanel } from "./facet-panel.tsx";

const asked: string[] = [];
let answer: () => Response;

beforeEach(() => {
  asked.length = 0;
  const facets = {
    status: [{ value: "ERROR", count: 3 }],
    model: [
      { value: "gpt-4o", count: 1200 },
      { value: "o3 mini", count: 2 },
    ],
    tool: [],
  };
  answer = () => Response.json({ facets });
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return answer();
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(filter: string) {
  const onFilter = vi.fn();
  render(
    <QueryClientProvider client={newQueryClient()}>
      <FacetPanel filter={filter} onFilter={onFilter} />
    </QueryClientProvider>,
  );
  return onFilter;
}

test("values stand with how many runs have them, and a click adds one to the filter", async () => {
  const onFilter = show("service:web invoice");
  expect((await screen.findByRole("button", { name: /gpt-4o/ })).textContent).toBe("gpt-4o1,200");
  expect(screen.queryByRole("group", { name: "Tool" })).toBeNull();
  const query = new URL(asked[0]!, "http://x").searchParams;
  expect([query.get("service"), query.get("q")]).toEqual(["web", "invoice"]);
  fireEvent.click(screen.getByRole("button", { name: /o3 mini/ }));
  expect(onFilter).toHaveBeenLastCalledWith('service:web invoice model:"o3 mini"');
  fireEvent.click(screen.getByRole("button", { name: /error/ }));
  expect(onFilter).toHaveBeenLastCalledWith("service:web invoice status:error");
});

test("what is in the filter is marked, and a click takes it away", async () => {
  const onFilter = show("model:gpt-4o invoice");
  const chosen = await screen.findByRole("button", { name: /gpt-4o/ });
  expect(chosen.getAttribute("aria-pressed")).toBe("true");
  fireEvent.click(chosen);
  expect(onFilter).toHaveBeenCalledWith("invoice");
});

test("a collector that knows of no facets is quoted", async () => {
  answer = () => Response.json({ error: { message: "this store keeps no facets" } }, { status: 501 });
  show("");
  expect(await screen.findByText("They can't be loaded: this store keeps no facets.")).toBeDefined();
});
