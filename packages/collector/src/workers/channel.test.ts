import { Duplex, PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Channel } from "./channel.ts";

function sent(...messages: readonly (readonly [unknown, Uint8Array?])[]): Buffer {
  const chunks: Buffer[] = [];
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const channel = new Channel(wire, { onMessage: () => {}, onEnd: () => {} });
  for (const [head, body] of messages) channel.send(head, body);
  return Buffer.concat(chunks);
}

test.each([1, 3, 7, 8, 9, 64, 100_000])(
  "messages cut into chunks of %i bytes arrive whole and in order",
  async (size) => {
    const bytes = Buffer.from("ä".repeat(20_000));
    const wire = sent([{ a: 1 }, bytes], [null], ["text"], [{ last: true }, Buffer.from([0])]);
    const received: [unknown, Buffer][] = [];
    const stream = new PassThrough();
    new Channel(stream, { onMessage: (head, body) => received.push([head, body]), onEnd: () => {} });
    for (let at = 0; at < wire.byteLength; at += size) stream.write(wire.subarray(at, at + size));
    await new Promise((resolve) => stream.end(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(received.map(([head]) => head)).toEqual([{ a: 1 }, null, "text", { last: true }]);
    expect(received.map(([, body]) => body)).toEqual([bytes, Buffer.alloc(0), Buffer.alloc(0), Buffer.from([0])]);
  },
);

test("the end is told once, and what is sent after it is lost", async () => {
  let ends = 0;
  const stream = new PassThrough();
  const channel = new Channel(stream, {
    onMessage: () => {},
    onEnd: () => {
      ends += 1;
    },
  });
  stream.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  channel.send({ lost: true });
  expect(ends).toBe(1);
});
