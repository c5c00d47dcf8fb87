import type { MessageRole } from "../form/message.ts";

const ROLES: ReadonlyMap<string, MessageRole> = new Map<string, MessageRole>([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["human", "user"],
  ["assistant", "assistant"],
  ["ai", "assistant"],
  ["model", "assistant"],
  ["chatbot", "assistant"],
  ["bot", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
  ["ipython", "tool"],
]);

/** The role that a payload's word means, whatever its letters' case. */
export function messageRole(label: string): MessageRole {
  return ROLES.get(label) ?? ROLES.get(label.toLowerCase()) ?? "other";
}
