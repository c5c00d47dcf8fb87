import type { ReactNode } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { PlainText } from "./plain-text.tsx";

interface CodePanelProps {
  readonly label: string;
  readonly text: string;
  /** Stands right of the label: a return code, say. */
  readonly mark?: ReactNode;
  readonly isError?: boolean;
  /** Instead of the plain text. */
  readonly children?: ReactNode;
}

/** Preformatted text in a frame with its name and a copy button. */
export function CodePanel({ label, text, mark, isError = false, children }: CodePanelProps) {
  return (
    <section className={isError ? "code-panel error" : "code-panel"}>
      <header className="code-panel-head">
        <bdi>{exposeHidden(label.slice(0, 80))}</bdi>
        {mark}
        <CopyButton text={() => text} what={label || "text"} />
      </header>
      {text === "" ? (
        <p className="code-empty">empty</p>
      ) : (
        children || <PlainText text={text} isMono headLength={2400} />
      )}
    </section>
  );
}

export function ReturnCode({ code }: { readonly code: number }) {
  return <span className={code === 0 ? "return-code" : "return-code error"}>exit {code}</span>;
}
