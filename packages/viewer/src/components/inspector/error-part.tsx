import type { SpanError, StoredSpan } from "@everspan/protocol";
import { exposeHidden, singleLine } from "../../model/hostile-text.ts";
import { ErrorIcon } from "../icons.tsx";
import { CodePanel } from "../text/code-panel.tsx";
import { PlainText } from "../text/plain-text.tsx";

/** Above every tab: what went wrong, in two lines. */
export function ErrorPanel({ error, onMore }: { readonly error: SpanError; readonly onMore: () => void }) {
  return (
    <button type="button" className="error-panel" onClick={onMore} title="Show the error">
      <ErrorIcon />
      <span className="error-words">
        <bdi className="error-type">{singleLine(error.type, 80)}</bdi>
        <bdi className="error-message">{exposeHidden(error.message.slice(0, 300))}</bdi>
      </span>
    </button>
  );
}

export function ErrorTab({ span }: { readonly span: StoredSpan }) {
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
      {stack !== undefined && <CodePanel label="Stack" text={stack} />}
    </div>
  );
}
