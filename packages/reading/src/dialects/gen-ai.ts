import type { MediaPart } from "../form/message.ts";
import type { Fields } from "../json/fields.ts";
import type { Dialect, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";

/** Parts of OpenTelemetry's GenAI messages that no provider spells alike. */

const medium: PartReader = (part) => {
  part.drop("type");
  const mediaType = part.text("mime_type", "mimeType");
  const kind = modalityOf(part);
  return mediaPart(kind, {
    mediaType,
    data: part.text("content", "data"),
    url: part.text("uri", "url"),
    fileId: part.text("file_id"),
    rest: part.rest(),
  });
};

function modalityOf(part: Fields): MediaPart["kind"] {
  const modality = part.text("modality");
  return modality === "image" || modality === "audio" || modality === "video" ? modality : "file";
}

const file: PartReader = (part) => (part.has("modality") || part.has("mime_type") ? medium(part, UNUSED) : undefined);

const UNUSED = {
  content: () => [],
  messages: () => [],
  input: () => undefined,
  output: () => undefined,
};

const serverCall: PartReader = (part) => {
  part.drop("type");
  const callId = part.text("id");
  const name = part.text("name");
  const given = part.take("server_tool_call", "arguments");
  return toolCall(part, { callId, name, arguments: given });
};

const serverResult: PartReader = (part, nested) => {
  part.drop("type");
  const callId = part.text("id");
  const content = part.take("server_tool_call_response", "response", "result");
  return toolResult(part, { callId, content }, nested);
};

export const genAi: Dialect = {
  name: "gen-ai",
  parts: { blob: medium, uri: medium, file, server_tool_call: serverCall, server_tool_call_response: serverResult },
};
