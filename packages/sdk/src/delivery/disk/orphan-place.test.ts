import { expect, test } from "vitest";
import type { Orphan } from "../../spool/index.ts";
import { OrphanPlace } from "./orphan-place.ts";

function placeFor(lanes: number) {
  const told: unknown[] = [];
  const orphan = {} as Orphan;
  const place = new OrphanPlace({
    lanes,
    doubtfulLanes: 0b10,
    orphan,
    doubt: (...values) => told.push(["doubt", ...values]),
    settle: (...values) => told.push(["settle", ...values]),
    spill: (...values) => told.push(["spill", ...values]),
    done: () => told.push(["done"]),
  });
  return { place, orphan, told: () => told.splice(0) };
}

test("a record of a dead process is done when the last lane that took it has let it go, once", () => {
  const { place, orphan, told } = placeFor(0b1101);
  expect([place.isKept, place.doubtfulLanes, place.orphan]).toEqual([true, 0b10, orphan]);
  place.doubt(2, true);
  place.settle(0, "delivered", true);
  expect(told()).toEqual([
    ["doubt", 2, true],
    ["settle", 0, "delivered", true],
  ]);
  place.spill(2, false);
  expect(told()).toEqual([["spill", 2]]);
  place.leave(0b0111);
  expect(told()).toEqual([]);
  place.spill(3, true);
  expect(told()).toEqual([["done"]]);
  place.leave(0b1111);
  place.settle(3, "dropped", false);
  expect(told()).toEqual([["settle", 3, "dropped", false]]);
});
