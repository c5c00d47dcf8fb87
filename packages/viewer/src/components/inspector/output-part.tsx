/** What came out of a span: a model's reply, a tool's result, or a payload as it is. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { readingOf } from "../../model/said/reading.ts";
import { readToolOutput } from "../../model/said/tool-io.ts";
import { mayStillEnd, spanLiveness } from "../../model/trace/liveness.ts";
import { ReturnCode } from "../text/code-panel.tsx";
import { MessageView } from "./message-view.tsx";
import { CutNote, PartTitle, Payload } from "./payload.tsx";
import { ToolOutputView } from "./tool-output.tsx";

export function OutputPart({ span }: { readonly span: StoredSpan }) {
  const { output, kind } = readingOf(span);
  const isOpen = mayStillEnd(spanLiveness(span));
  const isCall = kind === "model" || kind === "embedding";
  return (
    <>
      <PartTitle title={isCall ? "Reply" : "Output"} value={span.output} />
      <CutNote value={span.output} />
      {output.kind === "read" && output.value.messages.length > 0 ? (
        <div className="conversation">
          {output.value.messages.map((message, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: messages have no identity but their place
            <MessageView key={index} message={message} state="reply" />
          ))}
        </div>
      ) : kind === "tool" && span.output !== undefined && !isOmittedPayload(span.output) ? (
        <ToolResult span={span} />
      ) : (
        <Payload value={span.output} nothing={nothingWords(isCall, isOpen)} />
      )}
    </>
  );
}

/** Said only where nothing is there at all: what no reader takes is shown as it is. */
function nothingWords(isCall: boolean, isOpen: boolean): string {
  if (isOpen) return isCall ? "Waiting for the reply…" : "Still running.";
  return isCall ? "No reply was recorded." : "No output was recorded.";
}

function ToolResult({ span }: { readonly span: StoredSpan }) {
  const output = readToolOutput(span.output);
  return (
    <div className="stack-of-panels tight">
      {output.returnCode !== undefined && (
        <div>
          <ReturnCode code={output.returnCode} />
        </div>
      )}
      <ToolOutputView output={output} />
    </div>
  );
}
