/** All about one span in one scroll: what it failed with, what went in, what came out, what was noted, the record itself. */
import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from "react";
import type { Story } from "../../model/story/story.ts";
import { formatBytes } from "../../model/text/format.ts";
import { type InspectorPart, inspectorParts, PART_WORDS } from "../../model/trace/inspector-parts.ts";
import type { SpanNode, SpanTree } from "../../model/trace/span-tree.ts";
import type { Part } from "../../state/address/trace-address.ts";
import { type LoadedSpan, useBegunSpan } from "../../state/data/use-span.ts";
import { WholeSpanContext } from "../../state/run/whole-span.ts";
import { BeginningNote } from "./beginning-note.tsx";
import { DataPart } from "./data-part.tsx";
import { ErrorPart } from "./error-part.tsx";
import { InputPart } from "./input-part.tsx";
import styles from "./inspector.module.css";
import { InspectorHead } from "./inspector-head.tsx";
import { OutputPart } from "./output-part.tsx";
import { RawPart } from "./raw-part.tsx";

interface InspectorProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly story: Story;
  readonly part: Part | null;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onClose: () => void;
  readonly paneRef: RefObject<HTMLElement | null>;
}

/** The pane stays while the selection moves on, and with it the focus; what is in it begins anew with each span. */
export function Inspector({ paneRef, ...contents }: InspectorProps) {
  const { id } = contents.node.span;
  return (
    <section
      ref={paneRef}
      className={styles.inspector}
      data-testid="span-detail"
      data-span-id={id}
      tabIndex={-1}
      aria-label="Inspector"
    >
      <Contents key={id} {...contents} />
    </section>
  );
}

function Contents({ tree, node, story, part, onSelect, onClose }: Omit<InspectorProps, "paneRef">) {
  const loaded = useBegunSpan(node.span);
  const span = loaded.span ?? node.span;
  const parts = useMemo(() => inspectorParts(span), [span]);
  const scroller = useRef<HTMLDivElement>(null);
  const go = (to: InspectorPart) => scroller.current?.querySelector(`[data-part="${to}"]`)?.scrollIntoView();
  const isLoaded = loaded.span !== undefined;
  useEffect(() => {
    if (part !== null && isLoaded) scroller.current?.querySelector(`[data-part="${part}"]`)?.scrollIntoView();
  }, [part, isLoaded]);
  return (
    <>
      <InspectorHead tree={tree} node={node} story={story} onSelect={onSelect} onClose={onClose} />
      <nav className={styles.contents} aria-label="Parts of the span">
        {parts.map((name) => (
          <button key={name} type="button" onClick={() => go(name)}>
            {PART_WORDS[name]}
          </button>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key */}
      <div ref={scroller} className={styles.scroll} tabIndex={0} data-testid="inspector-scroll" aria-busy={!isLoaded}>
        {isLoaded ? (
          <WholeSpanContext value={loaded.whole}>
            <BeginningNote bytes={loaded.omittedBytes} />
            {parts.map((name) => (
              <section key={name} className={styles.part} data-part={name} aria-label={PART_WORDS[name]}>
                {partOf(name, { tree, node, span: loaded.span!, isOpenRaw: part === "raw" })}
              </section>
            ))}
          </WholeSpanContext>
        ) : (
          <Pending loaded={loaded} />
        )}
      </div>
    </>
  );
}

interface PartInput {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly span: SpanNode["span"];
  readonly isOpenRaw: boolean;
}

function partOf(name: InspectorPart, { tree, node, span, isOpenRaw }: PartInput): ReactNode {
  switch (name) {
    case "error":
      return <ErrorPart span={span} />;
    case "input":
      return <InputPart tree={tree} node={node} span={span} />;
    case "output":
      return <OutputPart span={span} />;
    case "data":
      return <DataPart span={span} />;
    case "raw":
      return <RawPart span={span} isOpen={isOpenRaw} />;
  }
}

function Pending({ loaded }: { readonly loaded: LoadedSpan }) {
  if (loaded.error !== undefined) {
    return (
      <div className="pending" role="alert">
        <span>The payloads can't be loaded: {loaded.error.message}.</span>
        <button type="button" className="button small" onClick={loaded.retry}>
          Try again
        </button>
      </div>
    );
  }
  return <div className="pending muted">Loading {formatBytes(loaded.omittedBytes)}…</div>;
}
