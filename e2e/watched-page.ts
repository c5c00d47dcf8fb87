/** A page that keeps account of what it should never do: fail, break its content policy, or ask another host. */
import type { Browser, Page } from "@everspan/testkit";

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong so far, a sentence each. A healthy page has none. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Runs in the page before any of its own scripts. `pwned` is what hostile strings would call. */
const PAGE_SCRIPT = `
  window.pwned = () => everspanFault("a hostile string was run");
  document.addEventListener("securitypolicyviolation", (event) => {
    everspanFault("content policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample);
  });
`;

export async function openWatchedPage(
  browser: Browser,
  origin: string,
  colorScheme: "light" | "dark" = "light",
): Promise<WatchedPage> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:image/")) faults.push(`request elsewhere: ${url}`);
  });
  page.on("popup", (popup) => faults.push(`popup: ${popup.url()}`));
  await page.exposeFunction("everspanFault", (fault: string) => faults.push(fault));
  await page.addInitScript({ content: PAGE_SCRIPT });
  return { page, faults, close: () => context.close() };
}
