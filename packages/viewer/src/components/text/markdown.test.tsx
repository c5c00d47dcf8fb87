// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import Markdown from "./markdown.tsx";

afterEach(cleanup);

const drawn = (text: string) => render(<Markdown text={text} />).container;

test("headings, emphasis, lists, tables and code are drawn as what they are", () => {
  const page = drawn(
    "# Title\n\n**bold** and `code`\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1;\n```",
  );
  expect(page.querySelector("[data-depth='1']")?.textContent).toBe("Title");
  expect(page.querySelector("strong")?.textContent).toBe("bold");
  expect(page.querySelectorAll("ol > li")).toHaveLength(2);
  expect(page.querySelectorAll("table td")).toHaveLength(2);
  expect(page.querySelector("pre")?.textContent).toContain("let x = 1;");
});

test.each([
  ["<script>pwned()</script>"],
  ["<img src=x onerror=pwned()>"],
  ["[click](javascript:pwned())"],
  ["[click](data:text/html,<script>pwned()</script>)"],
  ["<javascript:pwned()>"],
  ["![track](http://evil.test/x.png)"],
  ["[a]: javascript:pwned()\n\n[a]"],
])("%s stays text: no element of it, no address but the web's", (text) => {
  const page = drawn(text);
  expect(page.querySelector("script, img, iframe, svg, style")).toBeNull();
  for (const link of page.querySelectorAll("a")) expect(link.getAttribute("href")).toMatch(/^https?:/);
  expect(page.textContent).not.toBe("");
});

test("hidden characters are spelled out wherever they stand", () => {
  for (const text of ["a\u202eb", "`a\u202eb`", "**a\u202eb**", "```\na\u202eb\n```", "# a\u202eb"]) {
    expect(drawn(text).textContent).toContain("a‹U+202E›b");
    cleanup();
  }
});

test("an address within the words of a link is no link of its own", () => {
  for (const text of [
    "http://evil.test/x",
    "<http://evil.test/x>",
    "[http://good.test](http://evil.test/x)",
    "[see **http://good.test** first](http://evil.test/x)",
  ]) {
    const links = drawn(text).querySelectorAll("a");
    expect([...links].map((link) => link.getAttribute("href"))).toEqual(["http://evil.test/x"]);
    cleanup();
  }
});
