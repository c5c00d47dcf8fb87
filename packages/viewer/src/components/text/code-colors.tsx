/** The words of code in their colours: a syntax tree becomes React elements, so nothing is injected. */
import type { Element, ElementContent, Root } from "hast";
import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import { Fragment, type ReactNode, useMemo } from "react";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import type { CodeText } from "./code-text.ts";

const lowlight = createLowlight({
  bash,
  css,
  diff,
  javascript,
  json,
  markdown,
  python,
  sql,
  typescript,
  xml,
  yaml,
});

export default function CodeColors({ language, text }: CodeText) {
  const tree = useMemo(
    () => (lowlight.registered(language) ? lowlight.highlight(language, text) : null),
    [language, text],
  );
  return <pre className="highlighted">{tree === null ? exposeHidden(text) : contentsOf(tree)}</pre>;
}

function contentsOf(parent: Root | Element): ReactNode {
  return (parent.children as readonly ElementContent[]).map((node, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: nodes of one immutable text
    <Fragment key={index}>{nodeOf(node)}</Fragment>
  ));
}

function nodeOf(node: ElementContent): ReactNode {
  if (node.type === "text") return exposeHidden(node.value);
  if (node.type !== "element") return null;
  const names = node.properties.className;
  return <span className={Array.isArray(names) ? names.join(" ") : undefined}>{contentsOf(node)}</span>;
}
