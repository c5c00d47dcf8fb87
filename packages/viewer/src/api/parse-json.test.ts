import { encodeJson } from "@everspan/protocol";
import { expect, test, vi } from "vitest";
import { parseJson } from "./parse-json.ts";

test.each([
  "12345678901234567890",
  '{"id":12345678901234567890}',
  "[1,12345678901234567890.5]",
  '{"a":-0}',
  "[1e400]",
  "[0.1e-7000,1]",
  "-0",
  "-0.0",
  '{"a":0.1234567890123456789}',
])("%s comes back with every digit", (text) => {
  expect(encodeJson(parseJson(text))).toBe(text);
});

test("an answer with dates in it is read by the browser itself", () => {
  const parse = vi.spyOn(JSON, "parse");
  const text = '{"at":"2026-01-01T00:00:00.000000Z","ms":12.25,"ids":["a-0","b -0"],"count":-3}';
  expect(parseJson(text)).toEqual(JSON.parse(text));
  expect(parse.mock.calls[0]).toEqual([text]);
  parse.mockRestore();
});

test("text of numbers is text, and what is no JSON is refused", () => {
  expect(parseJson('{"a":"x 12345678901234567890, -0","b":[1,2.5,true,null]}')).toEqual({
    a: "x 12345678901234567890, -0",
    b: [1, 2.5, true, null],
  });
  expect(() => parseJson('{"a":')).toThrow(SyntaxError);
});
