/** What went into a span: a conversation with what is new in this step, a tool's arguments, or a payload as it is. */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { readingOf } from "../../model/said/reading.ts";
import { readToolInput } from "../../model/said/tool-io.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import { CodePanel } from "../text/code-panel.tsx";
import { NamedValues } from "../text/value-view.tsx";
import { Conversation } from "./conversation.tsx";
import { CutNote, PartTitle, Payload } from "./payload.tsx";

interface InputPartProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly span: StoredSpan;
}

export function InputPart({ tree, node, span }: InputPartProps) {
  const { input, kind, call } = readingOf(span);
  return (
    <>
      <PartTitle title="Input" value={span.input} />
      <CutNote value={span.input} />
      {input.kind === "read" ? (
        <Conversation tree={tree} node={node} messages={input.value.messages} tools={call.tools ?? input.value.tools} />
      ) : kind === "tool" && !isOmittedPayload(span.input) ? (
        <ToolArguments span={span} />
      ) : (
        <Payload value={span.input} nothing="No input was recorded." />
      )}
    </>
  );
}

function ToolArguments({ span }: { readonly span: StoredSpan }) {
  const input = readToolInput(readingOf(span).tool?.arguments ?? span.input);
  if (input.command === undefined && input.arguments.length === 0) return <p className="muted">No arguments.</p>;
  return (
    <div className="stack-of-panels tight">
      {input.command !== undefined && <CodePanel label={input.command.label} text={input.command.value} />}
      {input.arguments.length > 0 && <NamedValues values={input.arguments} />}
    </div>
  );
}
