import { expect, test } from "vitest";
import { WatermarkBoard, type Watermarks } from "./watermarks.ts";

function boardAt(start: number) {
  const said: Watermarks[] = [];
  const board = new WatermarkBoard(start, (watermarks) => said.push(watermarks));
  return { board, said };
}

/** What each waiter was answered so far, by its name. */
function answersOf(waiters: Record<string, Promise<boolean>>): Record<string, boolean> {
  const answers: Record<string, boolean> = {};
  for (const [name, waiter] of Object.entries(waiters)) void waiter.then((answer) => (answers[name] = answer));
  return answers;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("each level only grows, and is announced when it does", () => {
  const { board, said } = boardAt(2);
  expect(board.current).toEqual({ captured: 2, spooled: 2, synced: 2 });
  for (const seq of [2, 1]) {
    board.spooledTo(seq);
    board.syncedTo(seq);
  }
  expect(said).toEqual([]);
  board.captured = 9;
  board.spooledTo(5);
  board.spooledTo(4);
  board.spooledTo(5);
  board.syncedTo(3);
  board.syncedTo(3);
  expect(said).toEqual([
    { captured: 9, spooled: 5, synced: 2 },
    { captured: 9, spooled: 5, synced: 3 },
  ]);
});

test("whoever waits is told when its own level has come so far, the others wait on, and at the end nobody waits", async () => {
  const { board } = boardAt(0);
  const answers = answersOf({
    past: board.reach("spooled", 0),
    spooled: board.reach("spooled", 2),
    synced: board.reach("synced", 2),
    later: board.reach("spooled", 3),
  });
  await settled();
  expect(answers).toEqual({ past: true });
  board.spooledTo(1);
  await settled();
  expect(answers).toEqual({ past: true });
  board.spooledTo(2);
  await settled();
  expect(answers).toEqual({ past: true, spooled: true });
  board.syncedTo(2);
  await settled();
  expect(answers).toEqual({ past: true, spooled: true, synced: true });
  board.close();
  await settled();
  expect(answers).toEqual({ past: true, spooled: true, synced: true, later: false });
});
