/** A stack in its own part and those of what caused it, as Node and Python write them. */

export interface StackPart {
  readonly label: string;
  readonly text: string;
}

const CAUSE = /^\s*(?:\[cause\]:|Caused by:)\s*/;
const MAX_PARTS = 10;

export function splitStack(stack: string): readonly StackPart[] {
  const parts: { label: string; lines: string[] }[] = [{ label: "Stack", lines: [] }];
  for (const line of stack.split("\n")) {
    if (CAUSE.test(line) && parts.length < MAX_PARTS) {
      const number = parts.length > 1 ? ` ${parts.length}` : "";
      parts.push({ label: `Caused by${number}`, lines: [line.replace(CAUSE, "")] });
    } else {
      parts.at(-1)!.lines.push(line);
    }
  }
  return parts
    .map(({ label, lines }) => ({ label, text: lines.join("\n").trimEnd() }))
    .filter(({ text }) => text !== "");
}
