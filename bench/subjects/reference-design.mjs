/**
 * The design that most in-process tracers have: a deep copy when a span starts and when it ends, an unbounded queue,
 * batches of 200 after at most 250 ms, 3 in flight, no retry: a batch that fails is gone.
 */
import { Batches } from "./batches.mjs";
import { nodeHttpSender } from "./node-http.mjs";
import { endItem, startItem } from "./sgp-item.mjs";

export async function open({ url }) {
  const send = nodeHttpSender(url, 3);
  let failed = 0;
  const deliver = async (items) => {
    const status = await send([Buffer.from(JSON.stringify({ items }))]).catch(() => 0);
    if (status !== 200) failed += items.filter((item) => item.end_timestamp !== undefined).length;
  };
  const batches = new Batches({ maxItems: 200, concurrency: 3, lingerMs: 250, send: deliver });
  return {
    start(name, input, parent) {
      const item = startItem(name, input, parent);
      batches.add(structuredClone(item));
      return item;
    },
    end(item, output) {
      endItem(item, output);
      batches.add(structuredClone(item));
    },
    close: () => batches.close(),
    account: () => ({ lost: failed }),
  };
}
