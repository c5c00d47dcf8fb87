/** What a conversation costs with OpenTelemetry JS. */
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { converse } from "./conversation.ts";
import type { Subject } from "./cost.ts";
import { bytesReceived, startDeafServer } from "./servers.ts";

const PEER = new URL("../peers/opentelemetry.mjs", import.meta.url);

export const IS_OPEN_TELEMETRY_INSTALLED = existsSync(new URL("../peers/node_modules", import.meta.url));

interface Peer {
  start(name: string, input: unknown): unknown;
  end(span: unknown, output: unknown): void;
  close(): Promise<void>;
}

export function openTelemetry(): Subject {
  return {
    name: "OpenTelemetry JS",
    // A batch of 512 such conversations of 1,000 steps is a longer string than there can be: the process ends.
    mostSteps: 300,
    async cost(steps) {
      const { open } = (await import(PEER.href)) as { open(options: object): Promise<Peer> };
      const deaf = await startDeafServer();
      const waiting = await open({ url: deaf.url });
      const before = heapBytes();
      const recordMs = await converse(steps, recordWithPeer(waiting));
      const queueBytes = Math.max(0, heapBytes() - before);
      deaf.refuse();
      await waiting.close().catch(() => {});
      deaf.stop();
      const wireBytes = await bytesReceived(async (url) => {
        const sending = await open({ url });
        await converse(steps, recordWithPeer(sending));
        await sending.close();
      });
      return { recordMs, queueBytes, wireBytes, pacedWireBytes: undefined, spoolBytes: undefined };
    },
  };
}

function recordWithPeer(peer: Peer): (messages: object[], reply: object) => void {
  return (messages, reply) => peer.end(peer.start("model call", { messages }), reply);
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
