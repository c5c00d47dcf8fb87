import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("dark by choice and dark by the system are the same colours", () => {
  const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
  const values = (start: string) => {
    const from = css.indexOf(start);
    return css.slice(from, css.indexOf("}", from)).match(/--[\w-]+: [^;]+|color-scheme: \w+/g);
  };
  expect(values(':root[data-theme="dark"]')).toEqual(values(":root:not([data-theme])"));
});
