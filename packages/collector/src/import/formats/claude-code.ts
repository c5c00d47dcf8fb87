/**
 * Session files of Claude Code: a line for each message, and lines of its own bookkeeping. A session is a trace: its
 * turns, in each the model's calls with the history before them, and the tools. Agents that it starts have lines of their
 * own, in the same file or in one beside it; both name the session, so both end in its trace.
 */
import { type ImportFormat, isRecord, type JsonRecord, type UnitSpans } from "../import-format.ts";
import { ClaudeSession } from "./claude-session.ts";

export const claudeCodeFormat: ImportFormat = {
  name: "Claude Code session",
  looks: '{"type": "user", "sessionId", "timestamp", "message", …} in lines',
  recognises: (value, { under }) => under === undefined && isMessage(value),
  open: () => {
    const sessions = new Map<string, ClaudeSession>();
    return {
      hasMemory: true,
      read: (value) =>
        isRecord(value) ? readLine(value, sessions) : { snapshots: [], problems: ["a line must be an object"] },
      end: () => ({ snapshots: [...sessions.values()].flatMap((session) => session.end()) }),
    };
  },
};

function isMessage(value: JsonRecord): boolean {
  return (
    (value.type === "user" || value.type === "assistant") &&
    typeof value.sessionId === "string" &&
    typeof value.timestamp === "string" &&
    isRecord(value.message)
  );
}

function readLine(line: JsonRecord, sessions: Map<string, ClaudeSession>): UnitSpans {
  const { type, sessionId } = line;
  if (typeof type !== "string") return { snapshots: [], problems: ["type must be a text"] };
  if (type !== "user" && type !== "assistant") {
    const isBoundary = type === "system" && line.subtype === "compact_boundary";
    if (isBoundary && typeof sessionId === "string") sessions.get(sessionId)?.forget();
    return { snapshots: [], leftOut: type };
  }
  if (!isMessage(line)) {
    const missing = ["sessionId", "timestamp", "message"].find((field) => !(field in line)) ?? "message";
    return {
      snapshots: [],
      problems: [`${missing} of a line with type "${type}" must be there, and be a text or an object`],
    };
  }
  const id = sessionId as string;
  let session = sessions.get(id);
  if (session === undefined) {
    session = new ClaudeSession(id);
    sessions.set(id, session);
  }
  return session.read(line);
}
