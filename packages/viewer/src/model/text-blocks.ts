/** Splits model text at ``` fences, so that code stands in its own panel. Nothing else of Markdown is interpreted. */

export interface TextBlock {
  readonly kind: "text" | "code";
  readonly text: string;
  /** What stands after the opening fence, e.g. `bash`. */
  readonly language?: string;
}

const FENCE = /^[ \t]{0,3}(`{3,}|~{3,})([^\n`]*)$/;

export function textBlocks(text: string): readonly TextBlock[] {
  if (!text.includes("```") && !text.includes("~~~")) return text === "" ? [] : [{ kind: "text", text }];
  const blocks: TextBlock[] = [];
  let lines: string[] = [];
  let open: { fence: string; language: string } | undefined;
  const flush = () => {
    const body = lines.join("\n");
    if (open !== undefined) blocks.push({ kind: "code", text: body, language: open.language });
    else if (body.trim() !== "") blocks.push({ kind: "text", text: body.replace(/^\n+|\n+$/g, "") });
    lines = [];
  };
  for (const line of text.split("\n")) {
    const match = FENCE.exec(line);
    if (open === undefined && match !== null) {
      flush();
      open = { fence: match[1]!, language: match[2]!.trim() };
    } else if (open !== undefined && match?.[1]?.startsWith(open.fence) && match[2]!.trim() === "") {
      flush();
      open = undefined;
    } else {
      lines.push(line);
    }
  }
  flush();
  return blocks;
}
