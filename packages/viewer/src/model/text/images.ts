/** Pictures of a payload that may be shown: raster only, from the payload itself. Whatever else is named, never loaded. */
import type { MediaPart } from "@everspan/reading";

const RASTER: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const DATA_URL = /^data:(image\/(?:png|jpeg|gif|webp));base64,/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MAX_LENGTH = 12 * 1024 * 1024;

/** @returns a `data:` URL; undefined for what is no raster picture, or not in the payload */
export function rasterUrl(part: MediaPart): string | undefined {
  const { data, url, mediaType } = part;
  if (data !== undefined) return fromBase64(mediaType === "image/jpg" ? "image/jpeg" : mediaType, data);
  const match = url === undefined || url.length > MAX_LENGTH ? null : DATA_URL.exec(url);
  return match === null ? undefined : fromBase64(match[1]!, url!.slice(match[0].length));
}

/** Rebuilt from its parts: nothing but the type and the letters of base64 gets into the address. */
function fromBase64(type: string | null, data: string): string | undefined {
  if (type === null || !RASTER.has(type) || data.length > MAX_LENGTH) return undefined;
  const letters = data.replace(/[\r\n]/g, "");
  return BASE64.test(letters) ? `data:${type};base64,${letters}` : undefined;
}

/** `image · image/png · 12 KB · name` for what is not shown. */
export function mediaLabel({ kind, mediaType, name, url, fileId }: MediaPart): string {
  const where =
    name ?? fileId ?? (url?.startsWith("data:") === true ? url.slice(0, url.indexOf(",")).slice(0, 60) : url);
  return [kind, mediaType, where?.slice(0, 120)].filter(Boolean).join(" · ");
}
