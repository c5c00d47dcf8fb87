import type { MediaPart } from "../form/message.ts";
import { defined } from "../json/fields.ts";
import type { JsonRecord } from "../json/json-record.ts";

export interface MediaSource {
  readonly mediaType?: string | undefined;
  /** Base64, or a `data:` URL. */
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly fileId?: string | undefined;
  readonly name?: string | undefined;
  readonly text?: string | undefined;
  readonly bytes?: number | undefined;
  readonly rest?: JsonRecord | undefined;
}

/** A medium, wherever its content is. A `data:` URL is taken apart; its kind follows the media type when that says it. */
export function mediaPart(kind: MediaPart["kind"], source: MediaSource): MediaPart {
  const given = dataUrl(source.data);
  // An address that is content itself, where there is no other content.
  const addressed = source.data === undefined ? dataUrl(source.url) : undefined;
  const inline = given ?? addressed;
  const data = inline?.data ?? source.data;
  const url = addressed === undefined ? source.url : undefined;
  const mediaType = source.mediaType ?? inline?.mediaType ?? null;
  return {
    kind: kindOf(mediaType) ?? kind,
    mediaType,
    bytes: source.bytes ?? (data === undefined ? null : decodedBytes(data)),
    ...defined({ data, url, fileId: source.fileId, name: source.name, text: source.text, rest: source.rest }),
  };
}

function kindOf(mediaType: string | null): MediaPart["kind"] | undefined {
  const [type] = mediaType?.split("/", 1) ?? [];
  return type === "image" || type === "audio" || type === "video" ? type : undefined;
}

function dataUrl(url: string | undefined): { mediaType: string; data: string } | undefined {
  if (url === undefined || !url.startsWith("data:")) return undefined;
  const comma = url.indexOf(",");
  if (comma < 0 || comma > 200) return undefined;
  const head = url.slice("data:".length, comma);
  if (!head.endsWith(";base64")) return undefined;
  return { mediaType: head.slice(0, -";base64".length), data: url.slice(comma + 1) };
}

function decodedBytes(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}
