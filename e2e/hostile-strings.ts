/**
 * Strings that a trace may hold and a page must show as text. Each would, where it is taken for markup, a link, a
 * template or a style, run `pwned()` or ask `evil.test` for something.
 */
const SCRIPT = "pwned()";
const ELSEWHERE = "http://evil.test/x";

const WRITTEN: readonly string[] = [
  // Elements that run or load by themselves.
  `<script>${SCRIPT}</script>`,
  `<SCRIPT SRC=${ELSEWHERE}></SCRIPT>`,
  `<scr<script>ipt>${SCRIPT}</scr</script>ipt>`,
  `<script\x20type="text/javascript">${SCRIPT};</script>`,
  `<svg/onload=${SCRIPT}>`,
  `<svg><script>${SCRIPT}</script></svg>`,
  `<svg><animate onbegin=${SCRIPT} attributeName=x dur=1s>`,
  `<math><mtext></p><style><img src=x onerror=${SCRIPT}>`,
  `<img src=x onerror=${SCRIPT}>`,
  `<img src="${ELSEWHERE}">`,
  `<img/src/onerror=${SCRIPT}>`,
  `<iframe src="javascript:${SCRIPT}"></iframe>`,
  `<iframe srcdoc="<script>parent.${SCRIPT}</script>"></iframe>`,
  `<object data="data:text/html,<script>${SCRIPT}</script>"></object>`,
  `<embed src="javascript:${SCRIPT}">`,
  `<video><source onerror=${SCRIPT}></video>`,
  `<audio src=x onerror=${SCRIPT}>`,
  `<body onload=${SCRIPT}>`,
  `<details open ontoggle=${SCRIPT}>`,
  `<input autofocus onfocus=${SCRIPT}>`,
  `<marquee onstart=${SCRIPT}>`,
  `<template><script>${SCRIPT}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${SCRIPT}>">`,
  `<link rel=stylesheet href="${ELSEWHERE}">`,
  `<style>@import "${ELSEWHERE}";</style>`,
  `<meta http-equiv=refresh content="0;url=${ELSEWHERE}">`,
  `<base href="${ELSEWHERE}">`,
  `<form action="${ELSEWHERE}"><button autofocus>send</button></form>`,
  // Ways out of an attribute, a comment, a script, a style.
  `"><script>${SCRIPT}</script>`,
  `' onmouseover='${SCRIPT}' x='`,
  `" autofocus onfocus="${SCRIPT}`,
  `--><script>${SCRIPT}</script><!--`,
  `]]><script>${SCRIPT}</script>`,
  `</script><script>${SCRIPT}</script>`,
  `</style><script>${SCRIPT}</script>`,
  `</textarea><script>${SCRIPT}</script>`,
  `</title><script>${SCRIPT}</script>`,
  `';${SCRIPT};//`,
  `\\";${SCRIPT};//`,
  `\u2028${SCRIPT}\u2029`,
  // Links and Markdown.
  `javascript:${SCRIPT}`,
  `java\nscript:${SCRIPT}`,
  `JaVaScRiPt:${SCRIPT}`,
  `data:text/html,<script>${SCRIPT}</script>`,
  `[click](javascript:${SCRIPT})`,
  `![track](${ELSEWHERE})`,
  `[a]: javascript:${SCRIPT}\n[a]`,
  `<javascript:${SCRIPT}>`,
  `<a href="javascript:${SCRIPT}" autofocus>x</a>`,
  `<a href="vbscript:${SCRIPT}">x</a>`,
  `\`\`\`html\n<script>${SCRIPT}</script>\n\`\`\``,
  // Encodings, templates, and names that mean something to JavaScript.
  `&lt;script&gt;${SCRIPT}&lt;/script&gt;`,
  `&#60;script&#62;${SCRIPT}`,
  `%3Cscript%3E${SCRIPT}%3C/script%3E`,
  `\uFF1Cscript\uFF1E${SCRIPT}\uFF1C/script\uFF1E`,
  `+ADw-script+AD4-${SCRIPT}+ADw-/script+AD4-`,
  `{{constructor.constructor("${SCRIPT}")()}}`,
  `\${${SCRIPT}}`,
  `#{${SCRIPT}}`,
  `<%= ${SCRIPT} %>`,
  `url(${ELSEWHERE})`,
  `expression(${SCRIPT})`,
  `background:url(javascript:${SCRIPT})`,
  "__proto__",
  "constructor",
  // Text that deceives the eye, or is long where a layout is narrow.
  "safe\u202Egpj.exe",
  "a\u2066b\u2069c\u200Bd",
  "Z\u0351\u036B\u0343a\u0300\u0301l\u035Cg\u0321o\u0322".repeat(5),
  "W".repeat(500),
];

/** Ways to write a link that runs, by what a careless check would miss. */
const SCRIPT_LINKS = [
  `\u0001javascript:${SCRIPT}`,
  `java\tscript:${SCRIPT}`,
  `javascript&colon;${SCRIPT}`,
  `javascript:/*--></title></style></textarea></script><svg onload=${SCRIPT}>*/`,
  `//evil.test/x`,
  `\\\\evil.test\\x`,
  `http:evil.test/x`,
  `data:image/svg+xml,<svg onload=${SCRIPT}>`,
  `data:image/svg+xml;base64,${Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="${SCRIPT}"/>`).toString("base64")}`,
  `blob:${ELSEWHERE}`,
  `filesystem:${ELSEWHERE}`,
  `ftp://evil.test/x`,
];

const LOADING_TAGS = ["img", "video", "audio", "iframe", "embed", "object", "link", "input", "source", "track"];
const HANDLED_TAGS = ["a", "b", "div", "p", "table", "button", "select", "textarea", "canvas", "audio", "video", "svg"];
const HANDLERS = ["onmouseover", "onpointerenter", "onfocus", "onanimationstart", "onwheel", "onerror"];

/** Characters that end, hide or turn what is read, or are no text at all; beside the ones that are written above. */
const UNSEEN = [
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => ![9, 10, 13].includes(code)),
  0x7f,
  0x85,
  0x9b,
  0xad,
  0x61c,
  0x180e,
  0x200b,
  0x200c,
  0x200e,
  0x200f,
  0x202a,
  0x202b,
  0x202c,
  0x202d,
  0x202e,
  0x2060,
  0x2066,
  0x2067,
  0x2068,
  0x2069,
  0xfeff,
  0xfff9,
  0xfffb,
  0xe0041,
  0xe007f,
];

export const HOSTILE_STRINGS: readonly string[] = [
  ...WRITTEN,
  ...SCRIPT_LINKS,
  ...HANDLED_TAGS.map(
    (tag, index) => `<${tag} ${HANDLERS[index % HANDLERS.length]}=${SCRIPT} tabindex=0 autofocus>x</${tag}>`,
  ),
  ...UNSEEN.map((code) => `pay ${String.fromCodePoint(code)}1${String.fromCodePoint(code)} to me`),
  ...LOADING_TAGS.map(
    (tag) => `<${tag} src="${ELSEWHERE}" href="${ELSEWHERE}" data="${ELSEWHERE}" srcset="${ELSEWHERE} 2x">`,
  ),
  ...SCRIPT_LINKS.flatMap((link) => [`[read](${link})`, `![seen](${link} "title")`, `<${link}>`]),
  "toString",
  "hasOwnProperty",
  // Terminal escapes, and what a lenient parser puts together again.
  "\u001b]8;;http://evil.test/x\u0007link\u001b]8;;\u0007",
  "\u001b[2J\u001b[31mred",
  `<scr\u0000ipt>${SCRIPT}</scr\u0000ipt>`,
  `<script\u000c>${SCRIPT}</script>`,
  `<!--[if IE]><script>${SCRIPT}</script><![endif]-->`,
  `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "${ELSEWHERE}">]><x>&e;</x>`,
];
