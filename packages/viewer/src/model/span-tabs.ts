/** Which tabs a span has, the one that suits it best first. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { parseConversation } from "./conversation/parse-messages.ts";
import type { DetailTab } from "./detail-tab.ts";
import { spanKind } from "./span-kind.ts";

export const TAB_LABELS: Readonly<Record<DetailTab, string>> = {
  messages: "Messages",
  tool: "Tool",
  io: "Input & output",
  error: "Error",
  data: "Data",
  raw: "Raw JSON",
};

export function spanTabs(span: StoredSpan): readonly DetailTab[] {
  const kind = spanKind(span.type);
  const tabs: DetailTab[] = [];
  if (kind === "tool") tabs.push("tool");
  else if (kind === "model" || hasConversation(span)) tabs.push("messages");
  if (tabs.length === 0) tabs.push("io");
  if (span.error !== undefined) tabs.push("error");
  if (span.data !== undefined && span.data !== null) tabs.push("data");
  return [...tabs, "raw"];
}

function hasConversation(span: StoredSpan): boolean {
  return !isOmittedPayload(span.input) && (parseConversation(span.input)?.length ?? 0) > 1;
}
