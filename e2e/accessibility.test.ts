import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  FIXTURE_MODE_HEADER,
  type FixtureMode,
  type FixtureServer,
  startFixtureServer,
} from "../packages/viewer/scripts/fixture-server.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = "/traces/4bf92f3577b34da6a3ce929d0e0e4736";

const LOOKS = [
  { viewport: { width: 1280, height: 844 }, colorScheme: "light" },
  { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
] as const;

let browser: Browser;
let server: FixtureServer;
/** One a look: a browser's start of a page takes longer than the viewer's. */
let pages: readonly Page[];

beforeAll(async () => {
  server = await startFixtureServer();
  browser = await launchBrowser();
  pages = await Promise.all(LOOKS.map((look) => browser.newPage(look)));
});

afterAll(async () => {
  await browser.close();
  server.close();
});

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

const PAGES: readonly (readonly [what: string, path: string, ready: string, mode: FixtureMode])[] = [
  ["the list of runs", "/", "[data-testid=trace-row]", "full"],
  ["the list without runs", "/", "[data-testid=empty-state]", "empty"],
  ["the list without a collector", "/", "[data-testid=error-state]", "down"],
  ["a filter that nothing matches", "/?q=nothing%20is%20called%20that", "[data-testid=no-match-state]", "full"],
  ["a run's story with a tool in the inspector", `${RUN}?span=shell-3`, "[data-testid=inspector-scroll]", "full"],
  ["a run's story with a step in the inspector", `${RUN}?span=think-4`, "[data-testid=message]", "full"],
  ["a run's timeline", `${RUN}?view=timeline&span=think-3&find=csv`, "[data-testid=span-row]", "full"],
  ["a run's table", `${RUN}?view=table&span=think-3`, "[data-testid=group-row]", "full"],
  [
    "a run whose process is lost",
    "/traces/lost00000000000000000000000000?span=lookup",
    "[data-testid=liveness-note]",
    "full",
  ],
  ["words found in what runs said", "/?q=parser", "[data-testid=hit-row]", "full"],
  ["the sessions", "/sessions", "[data-testid=session-row]", "full"],
  ["no sessions yet", "/sessions", "[data-testid=no-sessions]", "empty"],
  ["the users", "/users", "[data-testid=user-row]", "full"],
  ["no users yet", "/users", "[data-testid=no-users]", "empty"],
  [
    "the beginning of a large text",
    "/traces/f6large000000000000000000000000f6?span=cat",
    "[data-testid=beginning-note]",
    "full",
  ],
  ["the overview", "/overview", "[role=img]", "full"],
  ["the losses", "/losses", "table", "full"],
  [
    "a comparison",
    `/compare?a=4bf92f3577b34da6a3ce929d0e0e4736&b=a1running0000000000000000000000a1`,
    "[data-testid=headline]",
    "full",
  ],
  ["an address that is none", "/nothing/here", "[data-testid=error-state]", "full"],
];

test.each(PAGES)("%s can be read and used by everybody", async (_, path, ready, mode) => {
  const open = async (page: Page) => {
    await page.setExtraHTTPHeaders({ [FIXTURE_MODE_HEADER]: mode });
    await page.goto(server.url + path);
    await page.locator(ready).first().waitFor();
  };
  expect(await violationsIn(open)).toEqual([]);
});

test("the facets beside the list can be read and used by everybody", async () => {
  const open = async (page: Page) => {
    await page.setExtraHTTPHeaders({ [FIXTURE_MODE_HEADER]: "full" });
    await page.goto(`${server.url}/?q=status%3Aerror`);
    await page.getByRole("button", { name: "Facets" }).click();
    await page.getByRole("complementary").getByRole("button").first().waitFor();
  };
  expect(await violationsIn(open)).toEqual([]);
});

/** In both looks. */
async function violationsIn(open: (page: Page) => Promise<void>): Promise<readonly string[]> {
  const found = await Promise.all(
    pages.map(async (page, look) => {
      await open(page);
      await page.evaluate(AXE);
      const violations = await page.evaluate<readonly Violation[]>("axe.run().then((result) => result.violations)");
      return violations.flatMap(({ id, impact, nodes }) =>
        nodes.map(
          ({ target, failureSummary }) =>
            `${LOOKS[look]!.colorScheme} ${impact} ${id}: ${target.join(" ")}\n${failureSummary}`,
        ),
      );
    }),
  );
  return found.flat();
}
