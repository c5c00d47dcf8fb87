import { expect, test } from "vitest";
import { panned, zoomByKey, zoomed } from "./zoom.ts";

test("zooming keeps what is under the pointer where it is", () => {
  expect(zoomed(null, 100, 0.5, 0.5)).toEqual({ fromMs: 25, toMs: 75 });
  expect(zoomed({ fromMs: 20, toMs: 60 }, 100, 0.5, 0)).toEqual({ fromMs: 20, toMs: 40 });
});

test("zooming out ends at the whole run, which is no range", () => {
  expect(zoomed({ fromMs: 10, toMs: 90 }, 100, 2)).toBeNull();
});

test("panning stops at the run's ends", () => {
  expect(panned({ fromMs: 10, toMs: 30 }, 100, 0.5)).toEqual({ fromMs: 20, toMs: 40 });
  expect(panned({ fromMs: 10, toMs: 30 }, 100, -5)).toEqual({ fromMs: 0, toMs: 20 });
  expect(panned(null, 100, 0.5)).toBeNull();
  expect(zoomByKey("D", { fromMs: 0, toMs: 20 }, 100)).toEqual({ fromMs: 5, toMs: 25 });
});
