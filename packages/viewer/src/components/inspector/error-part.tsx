import type { StoredSpan } from "@everspan/protocol";
import { singleLine } from "../../model/text/hostile-text.ts";
import { splitStack } from "../../model/text/stack.ts";
import { ErrorIcon } from "../marks/icons.tsx";
import { CodePanel } from "../text/code-panel.tsx";
import { PlainText } from "../text/plain-text.tsx";

/** What went wrong, with its stack and what caused it. */
export function ErrorPart({ span }: { readonly span: StoredSpan }) {
  if (span.error === undefined) return null;
  const { type, message, stack } = span.error;
  return (
    <div className="stack-of-panels">
      <div className="error-full">
        <ErrorIcon />
        <div>
          <bdi className="error-type">{singleLine(type, 200)}</bdi>
          <PlainText text={message} />
        </div>
      </div>
      {stack !== undefined &&
        splitStack(stack).map(({ label, text }) => (
          <CodePanel key={label} label={label} text={text} isError={label !== "Stack"} />
        ))}
    </div>
  );
}
