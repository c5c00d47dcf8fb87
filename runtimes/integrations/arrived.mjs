import assert from "node:assert/strict";

/** Under each scene's span stand exactly the spans that it named, ended and well. */
export function assertArrived(spans, played) {
  for (const [scene, { id, under }] of Object.entries(played)) {
    assert.equal(spans.get(id)?.phase, "ended", scene);
    const children = [...spans.values()].filter(({ parentId }) => parentId === id);
    const told = children.map(({ name, phase, status }) => `${name} ${phase} ${status ?? "OK"}`);
    assert.deepEqual(told.sort(), under.map((name) => `${name} ended OK`).sort(), scene);
  }
}
