import { Suspense, useMemo } from "react";
import { parseShellResult } from "../../model/said/shell-result.ts";
import { usePreferences } from "../../state/browser/preferences.ts";
import { FailureFence } from "../frame/failure-fence.tsx";
import { LoadedPart } from "../frame/loaded-part.tsx";
import { CodePanel, ReturnCode } from "./code-panel.tsx";
import { markdown } from "./markdown-part.ts";
import { PlainText } from "./plain-text.tsx";

/** Longer texts are no conversation: they are shown as they are. */
const MAX_MARKDOWN_LENGTH = 64 * 1024;

/** What a person or a model wrote: rendered, or as text where the reader prefers that; shell results in panels. */
export function ModelText({ text }: { readonly text: string }) {
  const { isRendered } = usePreferences();
  const shell = useMemo(() => parseShellResult(text), [text]);
  if (shell !== undefined) {
    return shell.sections.map((section, index) => (
      <CodePanel
        // biome-ignore lint/suspicious/noArrayIndexKey: sections of one immutable text
        key={index}
        label={section.label.replaceAll("_", " ")}
        text={section.text}
        isError={shell.returnCode !== 0}
        mark={index === 0 && <ReturnCode code={shell.returnCode} />}
      />
    ));
  }
  const plain = <PlainText text={text} isMono={text.length > MAX_MARKDOWN_LENGTH * 16} />;
  if (!isRendered || text.length > MAX_MARKDOWN_LENGTH) return plain;
  return (
    <FailureFence instead={plain}>
      <Suspense fallback={plain}>
        <LoadedPart part={markdown} props={{ text }} />
      </Suspense>
    </FailureFence>
  );
}
