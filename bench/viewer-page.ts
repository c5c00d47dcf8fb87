/** What is run within the page to learn what its reader sees, and when. */
import type { Page } from "@everspan/testkit";

/** Times are from the navigation, in milliseconds. */
export const WATCH_PAGE = `
  const afterFrame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))));
  /** The end of the frame that draws an element. */
  window.paintedWith = async (selector) => {
    const limit = performance.now() + 60_000;
    while (document.querySelector(selector) === null) {
      if (performance.now() > limit) throw new Error("nothing of the page is " + selector);
      await afterFrame();
    }
    return afterFrame();
  };
  /** From a click on one element to the frame that shows another. */
  window.afterClick = async (target, selector) => {
    const clickedMs = performance.now();
    document.querySelector(target).click();
    return (await paintedWith(selector)) - clickedMs;
  };
  window.bytesArrivedMs = (part) =>
    performance.getEntriesByType("resource").filter(({ name }) => name.includes(part)).at(-1).responseEnd;
  /** Until the page has all of a run's spans. */
  window.whole = async (count) => {
    const rows = () => Number(document.querySelector("[role=treegrid]").getAttribute("aria-rowcount"));
    while (rows() < count) await afterFrame();
  };
  /** From the next letter to the frame that shows another count of what is found. */
  window.watchSearch = () => {
    const count = () => document.querySelector(".match-count")?.textContent ?? "";
    const before = count();
    window.searchMs = new Promise((done) => {
      addEventListener("input", async () => {
        const typedMs = performance.now();
        while (count() === before) await afterFrame();
        done((await afterFrame()) - typedMs);
      }, { capture: true, once: true });
    });
  };
`;

export const BLANK_PAGE = `<div style="height: 3000000px"></div>`;

const TURNS = 60;
const TURN_PIXELS = 2_000;
const TURN_MS = 30;

/** Turns the wheel over the middle of the page. @returns the 95th percentile of the time between two frames */
export async function framesWhileScrolling(page: Page): Promise<number> {
  await page.mouse.move(640, 600);
  await page.evaluate(`
    window.frameMs = [];
    let last = performance.now();
    requestAnimationFrame(function frame(now) {
      window.frameMs.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    });
  `);
  for (let turn = 0; turn < TURNS; turn++) {
    await page.mouse.wheel(0, TURN_PIXELS);
    await page.waitForTimeout(TURN_MS);
  }
  return page.evaluate(`frameMs.toSorted((a, b) => a - b)[Math.floor(frameMs.length * 0.95)]`);
}
