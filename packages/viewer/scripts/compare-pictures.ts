/** Whether two pictures show the same, but for what a font or a clock may change. Compared by the browser itself. */
import { existsSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Of a colour's 255, summed over its three parts: less is the edge of a letter drawn a little otherwise. */
const MAX_COLOUR_DISTANCE = 60;
/** Times of day and durations of what runs differ from run to run. */
const MAX_CHANGED_SHARE = 0.02;

/** @returns what differs; undefined when they show the same, or when there is nothing to compare with */
export async function comparePictures(browser: Browser, before: string, after: string): Promise<string | undefined> {
  if (!existsSync(before)) return undefined;
  const page = await browser.newPage();
  try {
    const share = await page.evaluate(changedShare, {
      urls: [before, after].map((path) => `data:image/png;base64,${readFileSync(path).toString("base64")}`),
      maxDistance: MAX_COLOUR_DISTANCE,
    });
    if (share === null) return "has another size than before";
    return share > MAX_CHANGED_SHARE ? `${(share * 100).toFixed(1)} % of it differs from before` : undefined;
  } finally {
    await page.close();
  }
}

/** Runs in the page. Null when the pictures have different sizes. */
async function changedShare({ urls, maxDistance }: { urls: string[]; maxDistance: number }): Promise<number | null> {
  const pixels = await Promise.all(
    urls.map(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height);
    }),
  );
  const [a, b] = pixels as [ImageData, ImageData];
  if (a.width !== b.width || a.height !== b.height) return null;
  let changed = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    let distance = 0;
    for (let part = 0; part < 3; part++) distance += Math.abs(a.data[i + part]! - b.data[i + part]!);
    if (distance > maxDistance) changed++;
  }
  return changed / (a.data.length / 4);
}
