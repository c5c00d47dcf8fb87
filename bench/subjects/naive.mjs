/** Tracing in the request's way: one awaited request when a span starts, one when it ends. */
import { nodeHttpSender } from "./node-http.mjs";
import { endItem, startItem } from "./sgp-item.mjs";

export async function open({ url }) {
  const send = nodeHttpSender(url, Number.POSITIVE_INFINITY);
  const deliver = (item) => send([Buffer.from(JSON.stringify({ items: [item] }))]);
  return {
    isAwaited: true,
    start(name, input, parent) {
      const item = startItem(name, input, parent);
      return Object.defineProperty(item, "started", { value: deliver(item) });
    },
    end(item, output) {
      endItem(item, output);
      return deliver(item);
    },
    close: async () => {},
  };
}
