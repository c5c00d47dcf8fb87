// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { Suspense } from "react";
import { afterEach, expect, test } from "vitest";
import { LoadedPart, partOf } from "./loaded-part.tsx";

afterEach(cleanup);

const Words = ({ text }: { readonly text: string }) => <p>{text}</p>;
const drawn = (part: ReturnType<typeof partOf<{ text: string }>>, text = "here") => (
  <Suspense fallback={<i>on its way</i>}>
    <LoadedPart part={part} props={{ text }} />
  </Suspense>
);

test("a part that is there is drawn immediately, with nothing in its place before", async () => {
  const part = partOf(async () => ({ default: Words }));
  await part.load();
  expect(render(drawn(part)).container.innerHTML).toBe("<p>here</p>");
});

test("another one is drawn as soon as it is there", async () => {
  const page = render(drawn(partOf(async () => ({ default: Words }))));
  expect(page.container.textContent).toBe("on its way");
  expect(await page.findByText("here")).toBeDefined();
});

test("what is drawn stays the same element when the part has come meanwhile", async () => {
  const part = partOf(async () => ({ default: Words }));
  const page = render(drawn(part));
  const before = await page.findByText("here");
  page.rerender(drawn(part, "changed"));
  expect(page.getByText("changed")).toBe(before);
});

test("a part that can't be loaded is waited for no longer", async () => {
  const part = partOf<{ text: string }>(() => Promise.reject(new Error("no network")));
  await expect(part.load()).resolves.toBeUndefined();
});
