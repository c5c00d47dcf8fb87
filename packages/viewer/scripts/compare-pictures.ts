/** Pictures as small files, and whether two of them show the same. Both is done by the browser itself. */
import type { Page } from "playwright-core";

/** Of a colour's 255, summed over its three parts: less is the edge of a letter drawn a little otherwise. */
const MAX_COLOUR_DISTANCE = 60;
const MAX_CHANGED_SHARE = 0.0005;

/** @returns the picture as lossless WebP: the smallest that a browser makes of it */
export async function compressed(page: Page, png: Buffer): Promise<Buffer> {
  const base64 = await page.evaluate(toWebp, `data:image/png;base64,${png.toString("base64")}`);
  return Buffer.from(base64, "base64");
}

/** @returns what differs; undefined when they show the same */
export async function difference(page: Page, stored: Buffer, png: Buffer): Promise<string | undefined> {
  const share = await page.evaluate(changedShare, {
    urls: [`data:image/webp;base64,${stored.toString("base64")}`, `data:image/png;base64,${png.toString("base64")}`],
    maxDistance: MAX_COLOUR_DISTANCE,
  });
  if (share === null) return "has another size than before";
  return share > MAX_CHANGED_SHARE ? `${(share * 100).toFixed(2)} % of it differs from before` : undefined;
}

/** Runs in the page. */
async function toWebp(url: string): Promise<string> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d")!;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality: 1 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
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
