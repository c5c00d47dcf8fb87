import { expect, test } from "vitest";
import { mediaLabel, rasterUrl } from "./images.ts";

const image = { kind: "image", bytes: null } as const;

test("raster pictures of the payload are shown, as base64 or as a data address", () => {
  expect(rasterUrl({ ...image, mediaType: "image/png", data: "iVBORw0K" })).toBe("data:image/png;base64,iVBORw0K");
  expect(rasterUrl({ ...image, mediaType: null, url: "data:image/webp;base64,UklG" })).toBe(
    "data:image/webp;base64,UklG",
  );
});

test("nothing else is: no drawing with script, no address elsewhere, no letters that are not base64", () => {
  expect(rasterUrl({ ...image, mediaType: "image/svg+xml", data: "PHN2Zz4=" })).toBeUndefined();
  expect(rasterUrl({ ...image, mediaType: null, url: "https://elsewhere.test/a.png" })).toBeUndefined();
  expect(rasterUrl({ ...image, mediaType: "image/png", data: '"><script>' })).toBeUndefined();
  expect(rasterUrl({ ...image, mediaType: null, url: "data:text/html;base64,aGk=" })).toBeUndefined();
});

test("what is not shown is named", () => {
  expect(mediaLabel({ ...image, mediaType: "image/png", url: "https://elsewhere.test/a.png" })).toBe(
    "image · image/png · https://elsewhere.test/a.png",
  );
});
