/** The parts of LangSmith's form put together as runs: `post.<id>`, `post.<id>.inputs`, `attachment.<id>.<name>`. */
import { isNumberText } from "@everspan/protocol";
import type { FormPart } from "../../ingest/multipart.ts";

type Run = Record<string, unknown>;

const RUN_PART = /^(post|patch)\.([^.]+)(?:\.(inputs|outputs|events|error|extra|serialized))?$/;
const ATTACHMENT = /^attachment\.([^.]+)\.(.+)$/;

/** @param parse a part's JSON; what it throws refuses the body */
export function runsOfParts(
  parts: readonly FormPart[],
  parse: (bytes: Buffer) => unknown,
): { post: Run[]; patch: Run[] } {
  const runs = new Map<string, { operation: "post" | "patch"; run: Run }>();
  const runOf = (operation: "post" | "patch", id: string): Run => {
    const key = `${operation}.${id}`;
    const known = runs.get(key) ?? { operation, run: { id } };
    runs.set(key, known);
    return known.run;
  };
  for (const { name, bytes } of parts) {
    const match = RUN_PART.exec(name);
    if (match === null) continue;
    const [, operation, id, field] = match as unknown as [string, "post" | "patch", string, string | undefined];
    const run = runOf(operation, id);
    const value = parse(bytes);
    if (field !== undefined) run[field] = value;
    else if (typeof value === "object" && value !== null && !isNumberText(value)) Object.assign(run, value, { id });
  }
  for (const { name, type, bytes } of parts) {
    const match = ATTACHMENT.exec(name);
    if (match === null) continue;
    // The contents of files are not kept: what they were is.
    const [, id = "", file = ""] = match;
    const run = runs.has(`post.${id}`) ? runOf("post", id) : runOf("patch", id);
    run.attachments = [...((run.attachments as unknown[]) ?? []), { name: file, type, bytes: bytes.length }];
  }
  const all = [...runs.values()];
  return {
    post: all.filter(({ operation }) => operation === "post").map(({ run }) => run),
    patch: all.filter(({ operation }) => operation === "patch").map(({ run }) => run),
  };
}
