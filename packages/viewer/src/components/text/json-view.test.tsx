// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { giveLayout } from "../../testing/give-layout.ts";
import { JsonView } from "./json-view.tsx";

beforeEach(() => giveLayout(800, 480));
afterEach(cleanup);

const lines = () => [...document.querySelectorAll(".json-line")].map(({ textContent }) => textContent);

test("shows an object's names and values, nested ones open as far as a reader wants at first", () => {
  render(<JsonView value={{ city: "Paris", days: [{ high: 21, wet: false, note: null }] }} />);
  expect(lines()).toEqual(["{ }2", 'city"Paris"', "days[ ]1", "0{ }3"]);
});

test("a container opens and closes", () => {
  render(<JsonView value={{ days: [{ high: 21 }] }} />);
  fireEvent.click(screen.getByRole("button", { name: /^0/ }));
  expect(lines()).toContain("high21");
  fireEvent.click(screen.getByRole("button", { name: /^days/ }));
  expect(lines()).toEqual(["{ }1", "days[ ]1"]);
});

test("a long text is one line until it is asked for", () => {
  render(<JsonView value={{ text: "word ".repeat(200) }} />);
  const before = lines().length;
  fireEvent.click(screen.getByRole("button", { name: /show all/ }));
  expect(lines().length).toBeGreaterThan(before + 5);
  fireEvent.click(screen.getByRole("button", { name: "show less" }));
  expect(lines()).toHaveLength(before);
});

test("of a long list the first are shown, and more on demand; only those in view are drawn", () => {
  const { container } = render(<JsonView value={Array.from({ length: 5_000 }, (_, index) => index)} />);
  expect(container.querySelectorAll(".json-line").length).toBeLessThan(60);
  const height = () => Number.parseInt(container.querySelector<HTMLElement>(".json-rows")!.style.height, 10);
  expect(height()).toBe((1 + 200 + 1) * 20);
});

test("hidden characters of a hostile name or text are spelled out", () => {
  render(<JsonView value={{ "a\u202Eb": "c\u0000d" }} />);
  const text = document.body.textContent!;
  expect(text).toContain("‹U+202E›");
  expect(text).not.toContain("\u202E");
  expect(text).not.toContain("\u0000");
});

test("what is copied is the value, not what is drawn of it", async () => {
  const writeText = vi.fn(async () => {});
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
  render(<JsonView value={{ deep: { deeper: { deepest: 1 } } }} />);
  fireEvent.click(screen.getByRole("button", { name: /copy/i }));
  await vi.waitFor(() => expect(writeText).toHaveBeenCalled());
  expect(JSON.parse(writeText.mock.calls.flat()[0] as unknown as string)).toEqual({ deep: { deeper: { deepest: 1 } } });
});
