/** Markdown as React elements: parsed, never made HTML of. What it cannot be is shown as the text it is. */
import type { Nodes, Parents } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { createContext, Fragment, type ReactNode, useContext, useMemo } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import { linkPieces } from "../../model/text/links.ts";
import { CodePanel } from "./code-panel.tsx";
import { Highlighted, isHighlightable } from "./highlighted.tsx";
import styles from "./markdown.module.css";

export default function Markdown({ text }: { readonly text: string }) {
  const tree = useMemo(() => fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }), [text]);
  return <div className={styles.markdown}>{childrenOf(tree, text)}</div>;
}

function childrenOf(parent: Parents, source: string): ReactNode {
  return (parent.children as readonly Nodes[]).map((node, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: nodes of one immutable text
    <Fragment key={index}>{elementOf(node, source)}</Fragment>
  ));
}

/** Nesting is bounded by the parser's own stack; quotes a thousand deep are text from here on. */
function elementOf(node: Nodes, source: string): ReactNode {
  switch (node.type) {
    case "text":
      return <Linked text={node.value} />;
    case "paragraph":
      return <p>{childrenOf(node, source)}</p>;
    case "heading":
      return (
        <p className={styles.heading} data-depth={node.depth}>
          {childrenOf(node, source)}
        </p>
      );
    case "emphasis":
      return <em>{childrenOf(node, source)}</em>;
    case "strong":
      return <strong>{childrenOf(node, source)}</strong>;
    case "delete":
      return <del>{childrenOf(node, source)}</del>;
    case "inlineCode":
      return <code>{exposeHidden(node.value)}</code>;
    case "code": {
      const code = { language: node.lang ?? "", text: node.value };
      return (
        <CodePanel label={code.language || "code"} text={code.text}>
          {isHighlightable(code) && <Highlighted {...code} />}
        </CodePanel>
      );
    }
    case "blockquote":
      return <blockquote>{childrenOf(node, source)}</blockquote>;
    case "list":
      return node.ordered ? (
        <ol start={node.start ?? 1}>{childrenOf(node, source)}</ol>
      ) : (
        <ul>{childrenOf(node, source)}</ul>
      );
    case "listItem":
      return (
        <li>
          {typeof node.checked === "boolean" && (
            <input type="checkbox" checked={node.checked} readOnly disabled aria-label="Done" />
          )}
          {childrenOf(node, source)}
        </li>
      );
    case "table":
      return <MarkdownTable table={node} source={source} />;
    case "thematicBreak":
      return <hr />;
    case "break":
      return <br />;
    case "link":
      return <MarkdownLink address={node.url}>{childrenOf(node, source)}</MarkdownLink>;
    default:
      return <Linked text={sourceOf(node, source)} />;
  }
}

function MarkdownTable({
  table,
  source,
}: {
  readonly table: Extract<Nodes, { type: "table" }>;
  readonly source: string;
}) {
  const [head, ...rows] = table.children;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <div className={styles.tableFrame} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head?.children.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells of one immutable text
              <th key={index} scope="col">
                {childrenOf(cell, source)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, rowIndex) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of one immutable text
            <tr key={rowIndex}>
              {row.children.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells of one immutable text
                <td key={index}>{childrenOf(cell, source)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** An address within the words of a link is no link of its own: nested links have no meaning, and lead elsewhere. */
const WithinLink = createContext(false);

/** Only a web address becomes a link, and it is seen where it leads. */
function MarkdownLink({ address, children }: { readonly address: string; readonly children: ReactNode }) {
  const [piece, ...others] = linkPieces(address);
  if (piece?.href === undefined || others.length > 0) {
    return (
      <>
        {children} <span className="muted">({exposeHidden(address.slice(0, 200))})</span>
      </>
    );
  }
  return (
    <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow" title={piece.href}>
      <WithinLink value={true}>{children}</WithinLink>
    </a>
  );
}

function Linked({ text }: { readonly text: string }) {
  if (useContext(WithinLink)) return exposeHidden(text);
  return linkPieces(exposeHidden(text)).map((piece, index) =>
    piece.href === undefined ? (
      piece.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one immutable text
      <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    ),
  );
}

/** As it was written: HTML, pictures, footnotes, definitions. */
function sourceOf(node: Nodes, source: string): string {
  return source.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
}
