/** A shell's answer as mini-swe-agent writes it into the conversation: `<returncode>0</returncode><output>…</output>`. */

export interface ShellResult {
  readonly returnCode: number;
  /** In the order of the text; `output`, `warning`, `output_head`, `elided_chars`, `output_tail`. */
  readonly sections: readonly { readonly label: string; readonly text: string }[];
}

const START = /^\s*<returncode>\s*(-?\d{1,10})\s*<\/returncode>/;
const TAGS = ["output", "warning", "output_head", "elided_chars", "output_tail"] as const;

/** @returns undefined when the text is anything else */
export function parseShellResult(text: string): ShellResult | undefined {
  const start = START.exec(text);
  if (start === null) return undefined;
  const sections: { label: string; text: string }[] = [];
  let at = start[0].length;
  while (at < text.length) {
    at += text.slice(at, at + 64).search(/\S|$/);
    const tag = TAGS.find((name) => text.startsWith(`<${name}>`, at));
    if (tag === undefined) break;
    const bodyStart = at + tag.length + 2;
    const bodyEnd = tag === "output" ? text.lastIndexOf("</output>") : text.indexOf(`</${tag}>`, bodyStart);
    if (bodyEnd < bodyStart) return undefined;
    sections.push({ label: tag, text: text.slice(bodyStart, bodyEnd).replace(/^\n|\n$/g, "") });
    at = bodyEnd + tag.length + 3;
  }
  const rest = text.slice(at).trim();
  if (rest !== "") sections.push({ label: "rest", text: rest });
  return sections.length === 0 ? undefined : { returnCode: Number(start[1]), sections };
}
