/** What every client has, given what asks and what asks for a stream. */
import { caught, shape, unhandled } from "./compare.mjs";

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
/** Whether the server saw the client go away from the last request. */
export async function closedEarly({ requests }) {
  for (let i = 0; i < 400 && !requests.at(-1).closedEarly; i += 1) await turn();
  return requests.at(-1).closedEarly ?? false;
}

/**
 * @param ask `(client, signal)`: a request; the signal is given where the client takes one
 * @param stream the same, streamed
 * @param takesSignal whether it does
 */
export function commonFeatures(ask, stream, takesSignal = true) {
  const features = {
    "a call, awaited": async (c, log) => {
      const promise = ask(c);
      log(shape(promise), promise instanceof Promise, Object.keys(promise));
      const reply = await promise;
      log(shape(reply), reply);
    },
    "a call, then, catch and finally": async (c, log) => {
      log(
        await ask(c).then((reply) => typeof reply),
        await ask(c).catch(() => 0),
        await ask(c).finally(() => log("f")),
      );
    },
    "a stream, iterated": async (c, log) => {
      const reply = await stream(c);
      log(shape(reply), typeof reply[Symbol.asyncIterator]);
      for await (const part of reply) log(part);
    },
    "a stream, by hand": async (c, log) => {
      const iterator = (await stream(c))[Symbol.asyncIterator]();
      log(typeof iterator.next, typeof iterator.return, typeof iterator.throw);
      log(await iterator.next(), await iterator.next());
      log((await iterator.return?.("done")) ?? null);
      log((await iterator.next()).done);
    },
    "a stream, read a while later": async (c, log) => {
      const reply = await stream(c);
      await new Promise((resolve) => setTimeout(resolve, 50));
      for await (const part of reply) log(part);
    },
    "a stream, left early": async (c, log) => {
      for await (const part of await stream(c)) {
        log(part);
        break;
      }
    },
    "a stream, left by an error": (c, log) =>
      caught(log, async () => {
        for await (const part of await stream(c)) {
          log(part);
          throw new RangeError("enough");
        }
      }),
    "a stream that nobody reads": { open: 1, run: async (c, log) => log(shape(await stream(c))) },
    "a stream that breaks": (c, log, server) => {
      server.next.push("torn");
      return caught(log, async () => {
        for await (const part of await stream(c)) log(part);
      });
    },
    "a refusal": (c, log, server) => {
      server.next.push(400);
      return caught(log, () => ask(c));
    },
    "a refusal of a stream": (c, log, server) => {
      server.next.push(400);
      return caught(log, async () => {
        for await (const part of await stream(c)) log(part);
      });
    },
    "a refusal, caught": async (c, log, server) => {
      server.next.push(401);
      log(await ask(c).catch((error) => [error.constructor.name, error.message]));
    },
    "a refusal that nobody handles": async (c, _log, server) => {
      server.next.push(400);
      void ask(c);
      await unhandled();
    },
    "100 in parallel": async (c, log) => {
      log((await Promise.all(Array.from({ length: 100 }, () => ask(c)))).length);
    },
    "the client's own members": async (c, log) => {
      log(Object.keys(c).sort(), c.constructor.name, Object.prototype.toString.call(c));
    },
  };
  if (!takesSignal) return features;
  return {
    ...features,
    "aborted before": {
      spans: 1,
      run: (c, log) => {
        const controller = new AbortController();
        controller.abort();
        return caught(log, () => ask(c, controller.signal));
      },
    },
    "a stream, aborted at the first piece": async (c, log, server) => {
      server.next.push("hang");
      const controller = new AbortController();
      await caught(log, async () => {
        for await (const part of await stream(c, controller.signal)) {
          log(part);
          controller.abort();
        }
        return "ended";
      });
      log(await closedEarly(server));
    },
    "a stream, aborted after its end": async (c, log) => {
      const controller = new AbortController();
      for await (const part of await stream(c, controller.signal)) log(part);
      controller.abort();
    },
  };
}
