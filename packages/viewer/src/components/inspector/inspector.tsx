/** All about one span: its figures, what it failed with, and its payloads in the tab that suits them. */
import { type KeyboardEvent, type RefObject, useMemo } from "react";
import type { DetailTab } from "../../model/detail-tab.ts";
import { formatBytes } from "../../model/format.ts";
import { spanTabs, TAB_LABELS } from "../../model/span-tabs.ts";
import type { SpanNode, SpanTree } from "../../model/span-tree.ts";
import { type LoadedSpan, useSpan } from "../../state/use-span.ts";
import { DetailHeader } from "./detail-header.tsx";
import { ErrorPanel, ErrorTab } from "./error-tab.tsx";
import { IoTab } from "./io-tab.tsx";
import { MessagesTab } from "./messages-tab.tsx";
import { DataTab, RawTab } from "./raw-tab.tsx";
import { ToolTab } from "./tool-tab.tsx";

interface SpanDetailProps {
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly tab: DetailTab | null;
  readonly onTab: (tab: DetailTab) => void;
  readonly onSelect: (nodeIndex: number) => void;
  readonly onClose: () => void;
  readonly paneRef: RefObject<HTMLElement | null>;
}

/** The pane stays while the selection moves on, and with it the focus; what is in it begins anew with each span. */
export function SpanDetail({ paneRef, ...contents }: SpanDetailProps) {
  const { id } = contents.node.span;
  return (
    <section
      ref={paneRef}
      className="detail"
      data-testid="span-detail"
      data-span-id={id}
      tabIndex={-1}
      aria-label="Span details"
    >
      <DetailContents key={id} {...contents} />
    </section>
  );
}

function DetailContents({ tree, node, tab, onTab, onSelect, onClose }: Omit<SpanDetailProps, "paneRef">) {
  const loaded = useSpan(node.span);
  const span = loaded.span ?? node.span;
  const tabs = useMemo(() => spanTabs(span), [span]);
  const shown = tab !== null && tabs.includes(tab) ? tab : tabs[0]!;
  return (
    <>
      <DetailHeader tree={tree} node={node} onSelect={onSelect} onClose={onClose} />
      {span.error !== undefined && shown !== "error" && <ErrorPanel error={span.error} onMore={() => onTab("error")} />}
      <div
        className="tabs"
        role="tablist"
        aria-label="Parts of the span"
        onKeyDown={(event) => moveTab(event, tabs, shown, onTab)}
      >
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === shown}
            aria-controls="tab-panel"
            tabIndex={name === shown ? 0 : -1}
            onClick={() => onTab(name)}
          >
            {TAB_LABELS[name]}
          </button>
        ))}
      </div>
      <div className="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${shown}`} data-tab={shown}>
        {loaded.span === undefined ? (
          <Pending loaded={loaded} />
        ) : (
          <TabContent tab={shown} tree={tree} node={node} span={loaded.span} />
        )}
      </div>
    </>
  );
}

interface TabContentProps {
  readonly tab: DetailTab;
  readonly tree: SpanTree;
  readonly node: SpanNode;
  readonly span: SpanNode["span"];
}

function TabContent({ tab, tree, node, span }: TabContentProps) {
  switch (tab) {
    case "messages":
      return <MessagesTab tree={tree} node={node} span={span} />;
    case "tool":
      return <ToolTab span={span} />;
    case "io":
      return <IoTab span={span} />;
    case "error":
      return <ErrorTab span={span} />;
    case "data":
      return <DataTab span={span} />;
    case "raw":
      return <RawTab span={span} />;
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
  return (
    <div className="pending muted" aria-busy="true">
      Loading {formatBytes(loaded.omittedBytes)}…
    </div>
  );
}

function moveTab(
  event: KeyboardEvent,
  tabs: readonly DetailTab[],
  shown: DetailTab,
  onTab: (tab: DetailTab) => void,
): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const next = tabs[(tabs.indexOf(shown) + step + tabs.length) % tabs.length]!;
  onTab(next);
  document.getElementById(`tab-${next}`)?.focus();
}
