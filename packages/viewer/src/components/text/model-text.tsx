import { useMemo } from "react";
import { parseShellResult } from "../../model/shell-result.ts";
import { textBlocks } from "../../model/text-blocks.ts";
import { CodePanel, ReturnCode } from "./code-panel.tsx";
import { PlainText } from "./plain-text.tsx";

const MAX_BLOCKS = 200;
const MAX_BLOCKS_LENGTH = 1024 * 1024;

/** What a person or a model wrote: ``` fences and shell results in panels of their own, the rest as it is. */
export function ModelText({ text }: { readonly text: string }) {
  const isHuge = text.length > MAX_BLOCKS_LENGTH;
  const shell = useMemo(() => parseShellResult(text), [text]);
  const blocks = useMemo(() => (shell === undefined && !isHuge ? textBlocks(text) : []), [text, shell, isHuge]);
  if (shell !== undefined) {
    return shell.sections.map((section, index) => (
      <CodePanel
        // biome-ignore lint/suspicious/noArrayIndexKey: sections of one immutable text
        key={index}
        label={section.label.replaceAll("_", " ")}
        text={section.text}
        isError={shell.returnCode !== 0}
      >
        {index === 0 && <ReturnCode code={shell.returnCode} />}
      </CodePanel>
    ));
  }
  // Megabytes, or hundreds of fences, are no conversation: one block for all of it.
  if (isHuge || blocks.length > MAX_BLOCKS) return <PlainText text={text} isMono />;
  return blocks.map((block, index) =>
    block.kind === "code" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: blocks of one immutable text
      <CodePanel key={index} label={block.language || "code"} text={block.text} />
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: blocks of one immutable text
      <PlainText key={index} text={block.text} />
    ),
  );
}
