import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { CollectorExporter, type SpanType, type Trace, Tracer } from "everspan";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorProcess, temporaryFolder } from "./collector-process.ts";
import { HOSTILE_STRINGS } from "./hostile-strings.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

/** Two hundred of them are walked through. */
const LONG_MS = 5 * 60_000;

beforeAll(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: folder.path });
  await recordHostileTraces();
  browser = await launchBrowser();
  watched = await openWatchedPage(browser, collector.url);
  page = watched.page;
}, LONG_MS);

afterAll(async () => {
  await browser.close();
  await collector.stop();
  await folder.remove();
});

const TYPES: readonly SpanType[] = ["COMPLETION", "CODE_EXECUTION", "STANDALONE"];

/** Each string in every field that holds text: one trace named by each, and one trace with a span for each. */
async function recordHostileTraces(): Promise<void> {
  for (let from = 0; from < HOSTILE_STRINGS.length; from += SENT_TOGETHER) {
    await Promise.all(HOSTILE_STRINGS.slice(from, from + SENT_TOGETHER).map(recordHostileTrace));
  }
}

const SENT_TOGETHER = 20;

async function recordHostileTrace(text: string): Promise<void> {
  const tracer = new Tracer({
    service: { name: text, version: text, agentName: text },
    exporters: [new CollectorExporter({ url: collector.url })],
  });
  recordHostileSpan(tracer.trace(traceIdOf(text), { taskId: idOf(text) }), text, 0);
  if (text === HOSTILE_STRINGS[0]) recordAllInOne(tracer.trace("all-in-one"));
  expect(await tracer.shutdown()).toMatchObject({ ok: true });
}

/** What may be an id: at most 256 bytes. */
function idOf(text: string): string {
  return text.slice(0, 80);
}

function traceIdOf(text: string): string {
  return `id-${idOf(text)}`;
}

function spanIdOf(i: number): string {
  return `span-${i}-${idOf(HOSTILE_STRINGS[i] ?? "")}`;
}

function recordAllInOne(trace: Trace): void {
  HOSTILE_STRINGS.forEach((text, i) => {
    recordHostileSpan(trace, text, i);
  });
}

function recordHostileSpan(trace: Trace, text: string, i: number): void {
  const message = { role: text, name: text, content: text };
  const call = { id: text, type: "function", function: { name: text, arguments: JSON.stringify({ [text]: text }) } };
  const span = trace.startSpan(text, {
    id: spanIdOf(i),
    parentId: i % 3 === 0 ? null : spanIdOf(i - 1),
    type: TYPES[i % TYPES.length] as SpanType,
    startTime: Date.UTC(2026, 0, 1) + i,
    input: { messages: [message, { role: "user", content: [{ type: "text", text }] }], command: text, [text]: text },
    data: { model: text, [text]: { [text]: [text] } },
  });
  span.output = {
    role: "assistant",
    content: text,
    tool_calls: [call],
    output: text,
    url: text,
    image_url: { url: text },
  };
  const error = new Error(text, { cause: text });
  error.name = text;
  error.stack = text;
  span.recordError(error);
  span.end(Date.UTC(2026, 0, 1) + i + 5);
}

/** What a string that was taken for markup would leave in the document, whether or not the policy stopped it. */
const TRACES_OF_MARKUP = `(() => {
  const found = [];
  // An address within a text may be followed: on purpose, in a page that learns nothing of this one.
  const isSafeLink = (element) =>
    element.tagName === "A" && /^https?:\\/\\//.test(element.getAttribute("href")) && element.target === "_blank" &&
    ["noopener", "noreferrer", "nofollow"].every((word) => element.relList.contains(word));
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "srcdoc") found.push(element.outerHTML);
      const isOurs = /^(\\/(?!\\/)|http:\\/\\/127\\.0\\.0\\.1)/.test(value);
      if (["href", "src", "action"].includes(name) && !isOurs && !isSafeLink(element)) found.push(element.outerHTML);
    }
  }
  const foreign = "iframe, object, embed, base, form, video, audio, marquee, math, script:not([src]), body style";
  for (const element of document.querySelectorAll(foreign)) found.push(element.outerHTML);
  return found;
})()`;

/** What no reader sees must be spelled out: in the text, and in what a pointer or a screen reader is told. */
const UNMARKED_CHARACTERS = `(() => {
  const unseen = /[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200c\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]|[\\u{e0000}-\\u{e007f}]/u;
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (unseen.test(texts.currentNode.data)) found.push(texts.currentNode.data);
  for (const element of document.querySelectorAll("[title], [aria-label], [alt], [placeholder]")) {
    for (const name of ["title", "aria-label", "alt", "placeholder"]) {
      if (unseen.test(element.getAttribute(name) ?? "")) found.push(name + ": " + element.getAttribute(name));
    }
  }
  if (unseen.test(document.title)) found.push("document: " + document.title);
  return found;
})()`;

/** The details are drawn after the rows, and again with their payloads: they may be a step behind the selection. */
const DETAIL_FOLLOWS_SELECTION = `(() => {
  const row = document.querySelector("[data-testid=span-row][aria-selected=true]");
  const detail = document.querySelector("[data-testid=span-detail]");
  if (row === null || row.dataset.spanId !== detail?.dataset.spanId) return false;
  return detail.querySelector("[data-testid=inspector-scroll]").getAttribute("aria-busy") === "false";
})()`;

const SHOWN_PARTS = `[...document.querySelectorAll("[data-testid=inspector-scroll] [data-part]")].map((part) => part.dataset.part)`;

async function expectHarmless(): Promise<void> {
  expect(await page.evaluate(TRACES_OF_MARKUP)).toEqual([]);
  expect(await page.evaluate(UNMARKED_CHARACTERS)).toEqual([]);
  expect(watched.faults).toEqual([]);
}

test("X9 there are two hundred of them, each another one", () => {
  expect(HOSTILE_STRINGS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(HOSTILE_STRINGS).size).toBe(HOSTILE_STRINGS.length);
});

test(
  "X9 hostile trace names, services and ids are text in the list, all the way down",
  async () => {
    await page.goto(collector.url);
    await page.getByTestId("trace-row").first().waitFor();
    const seen = new Set<string>();
    for (let i = 0; i <= HOSTILE_STRINGS.length; i++) {
      await page.keyboard.press("ArrowDown");
      const active = page.locator("[data-testid=trace-row][aria-selected=true] [data-column=what]");
      seen.add((await active.textContent()) ?? "");
    }
    expect([...seen].some((text) => text.includes("<script>pwned()</script>"))).toBe(true);
    expect(seen.size).toBeGreaterThan(HOSTILE_STRINGS.length / 2);
    await expectHarmless();
  },
  LONG_MS,
);

// All parts stand in one scroll; the record itself is opened by its name.
test.each(["error", "raw"])(
  "X9 hostile names, messages, arguments, errors and data are text in the inspector (%s)",
  async (part) => {
    await page.goto(`${collector.url}/traces/all-in-one?view=timeline&part=${part}`);
    await page.getByTestId("span-row").first().waitFor();
    const titles = new Set<string>();
    const parts = new Set<string>();
    for (let i = 0; i < HOSTILE_STRINGS.length; i++) {
      await page.keyboard.press("ArrowDown");
      await expect.poll(() => page.evaluate(DETAIL_FOLLOWS_SELECTION), { interval: 5 }).toBe(true);
      titles.add((await page.locator("[data-testid=span-detail] h2").textContent()) ?? "");
      for (const name of await page.evaluate<string[]>(SHOWN_PARTS)) parts.add(name);
      expect(await page.evaluate(UNMARKED_CHARACTERS)).toEqual([]);
    }
    expect([...parts].toSorted()).toEqual(["data", "error", "input", "output", "raw"]);
    expect(titles).toContain("<script>pwned()</script>");
    expect(titles).toContain('"><script>pwned()</script>');
    await expectHarmless();
  },
  LONG_MS,
);

test(
  "X9 the story, the table, a comparison and the search show hostile text as text",
  async () => {
    for (const path of [
      "/traces/all-in-one?view=story",
      "/traces/all-in-one?view=table",
      "/compare?a=all-in-one&b=all-in-one",
      `/compare?a=all-in-one&b=all-in-one&from=${encodeURIComponent(spanIdOf(0))}&to=${encodeURIComponent(spanIdOf(3))}`,
      "/?q=pwned",
      "/?q=evil",
      "/sessions",
      "/overview?by=name",
      "/overview?by=model",
      "/losses",
    ]) {
      await page.goto(collector.url + path);
      await page.locator("main h1").waitFor();
      await page.waitForLoadState("load");
      await expect.poll(() => page.evaluate("document.querySelector('main').textContent.length")).toBeGreaterThan(40);
      await expectHarmless();
    }
  },
  LONG_MS,
);

test(
  "X9 a trace whose id is hostile opens by its link and is text everywhere",
  async () => {
    // A path with an encoded slash is refused by the collector, whatever it names.
    const ids = HOSTILE_STRINGS.map(traceIdOf).filter((id) => /[<>"'&{$%]/.test(id) && !/[/\\]/.test(id));
    expect(ids.length).toBeGreaterThan(15);
    for (const id of ids) {
      await page.goto(`${collector.url}/traces/${encodeURIComponent(id)}?view=timeline`);
      await page.getByTestId("span-row").first().click();
      await page.getByTestId("span-detail").waitFor();
      await expectHarmless();
    }
  },
  LONG_MS,
);
