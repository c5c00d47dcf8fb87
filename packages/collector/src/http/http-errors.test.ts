import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { HTTP_ERRORS } from "./http-errors.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/errors.md", import.meta.url));
const SOURCES = fileURLToPath(new URL("..", import.meta.url));

test("docs/errors.md lists exactly the codes of the table, with their statuses and words", () => {
  const rows = [...readFileSync(PAGE, "utf8").matchAll(/^\| `([A-Z0-9_]+)` \| ([\d, ]+) \| (.+) \|$/gm)];
  const page = rows.map(([, code, statuses, meaning]) => [
    code,
    { statuses: statuses!.split(", ").map(Number), meaning },
  ]);
  expect(Object.fromEntries(page)).toEqual(HTTP_ERRORS);
});

test("every code of the table is one that some source answers with", () => {
  const texts = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith("http-errors.ts"))
    .map((name) => readFileSync(`${SOURCES}/${name}`, "utf8"))
    .join("\n");
  const unused = Object.keys(HTTP_ERRORS).filter(
    (code) => !texts.includes(code === "UNKNOWN_BLOBS" ? code : `"${code}"`),
  );
  expect(unused).toEqual([]);
});
