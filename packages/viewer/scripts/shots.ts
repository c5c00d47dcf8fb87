/** The pages and states of the viewer, and the sizes and colours in which each is looked at. */
import type { Page } from "playwright-core";
import { FIXTURE_MODE_HEADER, type FixtureMode } from "./fixture-server.ts";

export interface Shot {
  readonly name: string;
  /** Looked at in every size and colour, not in the plain one only. */
  readonly isPage?: boolean;
  readonly path: string;
  readonly mode?: FixtureMode;
  /** As it comes out of a printer. */
  readonly isPrinted?: boolean;
  /** A failure that the page is there to show. */
  readonly expects?: string;
  readonly act?: (page: Page) => Promise<unknown>;
}

export interface Look {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly isDark: boolean;
}

export const LOOKS: readonly Look[] = [
  { name: "light", width: 1440, height: 900, isDark: false },
  { name: "dark", width: 1440, height: 900, isDark: true },
  { name: "1024", width: 1024, height: 768, isDark: false },
  { name: "390", width: 390, height: 844, isDark: true },
];

const RUN = "/traces/4bf92f3577b34da6a3ce929d0e0e4736";
const LOST = "/traces/lost00000000000000000000000000";

export const SHOTS: readonly Shot[] = [
  { name: "runs", isPage: true, path: "/" },
  { name: "runs-empty", isPage: true, path: "/", mode: "empty" },
  { name: "runs-error", path: "/", mode: "down", expects: "503" },
  { name: "runs-no-match", path: "/?q=nothing%20has%20this%20name" },
  { name: "runs-hits", isPage: true, path: "/?q=parser" },
  { name: "runs-ticked", path: "/", act: (page) => press(page, "j", "j", "x", "j", "x") },
  { name: "runs-completion", path: "/", act: (page) => press(page, "/", "s", "t") },
  {
    name: "runs-facets",
    isPage: true,
    path: "/?q=status%3Aerror",
    act: async (page) => {
      await press(page, "f");
      await page.getByRole("complementary").getByRole("button").first().waitFor();
    },
  },
  { name: "runs-held", path: "/", mode: "earlier", act: holdNewRun },
  { name: "runs-print", path: "/", isPrinted: true },
  { name: "users", isPage: true, path: "/users" },
  { name: "users-empty", path: "/users", mode: "empty" },
  { name: "sessions", isPage: true, path: "/sessions" },
  { name: "sessions-empty", path: "/sessions", mode: "empty" },
  { name: "overview", isPage: true, path: "/overview" },
  { name: "overview-model", path: "/overview?days=1&by=model" },
  { name: "losses", isPage: true, path: "/losses" },
  { name: "story", isPage: true, path: RUN },
  { name: "story-print", path: RUN, isPrinted: true },
  { name: "table-print", path: `${RUN}?view=table`, isPrinted: true },
  { name: "overview-print", path: "/overview", isPrinted: true },
  { name: "large-text", path: "/traces/f6large000000000000000000000000f6?span=cat" },
  { name: "story-step", path: `${RUN}?span=think-4` },
  { name: "story-tool", isPage: true, path: `${RUN}?span=shell-3` },
  { name: "timeline", path: `${RUN}?view=timeline` },
  { name: "timeline-span", isPage: true, path: `${RUN}?view=timeline&span=think-3` },
  { name: "timeline-zoomed", path: `${RUN}?view=timeline&time=7000-17000` },
  { name: "timeline-find", path: `${RUN}?view=timeline&find=csv&span=shell-2` },
  { name: "table", isPage: true, path: `${RUN}?view=table` },
  { name: "inspector-raw", path: `${RUN}?span=think-2&part=raw` },
  { name: "inspector-error", path: `${RUN}?span=shell-3&part=error` },
  { name: "shortcuts", path: RUN, act: (page) => press(page, "?") },
  {
    name: "palette",
    isPage: true,
    path: RUN,
    act: async (page) => {
      await press(page, "Control+k");
      await page.getByPlaceholder("Type a command").waitFor();
    },
  },
  { name: "running", path: "/traces/a1running0000000000000000000000a1" },
  { name: "stalled", path: "/traces/stalled00000000000000000000000000?span=lookup" },
  { name: "lost", isPage: true, path: `${LOST}?span=lookup` },
  { name: "left-open", path: "/traces/ended00000000000000000000000000" },
  { name: "interrupted", path: "/traces/interrupted00000000000000000000000?span=lookup" },
  { name: "hostile", path: "/traces/b2hostile0000000000000000000000b2?span=click" },
  { name: "odd", path: "/traces/c3odd00000000000000000000000000c3?span=orphan" },
  { name: "one-span", path: "/traces/g7single000000000000000000000000g7?span=embed" },
  { name: "deep", path: "/traces/d4deep0000000000000000000000000d4?span=level-40&view=timeline" },
  {
    name: "huge",
    path: "/traces/e5huge0000000000000000000000000e5?view=timeline",
    act: (page) => page.locator("progress").waitFor({ state: "detached", timeout: 120_000 }),
  },
  {
    name: "compare",
    isPage: true,
    path: "/compare?a=4bf92f3577b34da6a3ce929d0e0e4736&b=h8other00000000000000000000000000h8",
  },
  {
    name: "compare-steps",
    isPage: true,
    path: "/compare?a=4bf92f3577b34da6a3ce929d0e0e4736&b=4bf92f3577b34da6a3ce929d0e0e4736&from=think-2&to=think-4",
  },
  { name: "not-found", path: "/nothing/here" },
  { name: "unknown-run", path: "/traces/unknown", expects: "404" },
];

/** A run begins while its reader is further down the list. */
async function holdNewRun(page: Page): Promise<void> {
  await page.mouse.move(700, 600);
  await page.mouse.wheel(0, 300);
  await page.waitForFunction(() => (document.querySelector("[role=grid]")?.scrollTop ?? 0) > 0);
  await page.setExtraHTTPHeaders({ [FIXTURE_MODE_HEADER]: "full" });
  await page.getByText("1 new run").waitFor();
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}
