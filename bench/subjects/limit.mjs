/**
 * The limit: keeps a reference, one `JSON.stringify` a batch, one request a batch. No copy, no bound, no retry, no
 * account. What costs less than this sends fewer bytes or encodes less than once.
 *
 * `client`: `node:http` or `undici`. `fragments`: the shared prompt is encoded once, before the run, and sent again as
 * the same bytes: the floor for a tracer that encodes what repeats once.
 */
import { Batches } from "./batches.mjs";
import { nodeHttpSender } from "./node-http.mjs";
import { endItem, startItem } from "./sgp-item.mjs";

export async function open({ url, client = "node:http", fragments = false, maxItems = 1_000, concurrency = 3 }) {
  const send = client === "undici" ? await undiciSender(url, concurrency) : nodeHttpSender(url, concurrency);
  const piecesOf = fragments ? fragmentsOf : (items) => [Buffer.from(JSON.stringify({ items }))];
  const batches = new Batches({ maxItems, concurrency, lingerMs: 250, send: (items) => send(piecesOf(items)) });
  return {
    start: (name, input, parent) => startItem(name, input, parent),
    end(item, output) {
      endItem(item, output);
      batches.add(item);
    },
    close: () => batches.close(),
  };
}

async function undiciSender(url, concurrency) {
  const { sender } = await import("../peers/undici.mjs");
  return sender(url, concurrency);
}

const encodings = new Map();
const PLACE = JSON.stringify("\u0000prompt");

/** Everything but the prompt by `JSON.stringify`, the prompt's bytes between. */
function fragmentsOf(items) {
  const pieces = [];
  let separator = '{"items":[';
  for (const item of items) {
    const [system, ...others] = item.input.messages;
    const around = { ...item, input: { messages: [{ role: system.role, content: "\u0000prompt" }, ...others] } };
    const text = separator + JSON.stringify(around);
    const at = text.indexOf(PLACE);
    pieces.push(
      Buffer.from(text.slice(0, at)),
      encodedOnce(system.content),
      Buffer.from(text.slice(at + PLACE.length)),
    );
    separator = ",";
  }
  pieces.push(Buffer.from("]}"));
  return pieces;
}

function encodedOnce(prompt) {
  if (!encodings.has(prompt)) encodings.set(prompt, Buffer.from(JSON.stringify(prompt)));
  return encodings.get(prompt);
}
