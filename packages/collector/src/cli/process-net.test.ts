import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { type Logger, silentLogger } from "../logger.ts";
import { spreadProcessNet } from "./process-net.ts";

function spread() {
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) };
  const target = new EventEmitter();
  let stops = 0;
  const net = spreadProcessNet(logger, () => (stops += 1), target as NodeJS.Process);
  return { net, target, errors, stops: () => stops };
}

test("a connection that broke and a promise that nobody awaited are logged and counted, and the process goes on", () => {
  const { net, target, errors, stops } = spread();
  target.emit("uncaughtException", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  target.emit("unhandledRejection", "nothing");
  expect(net.caught).toBe(2);
  expect(errors).toHaveLength(2);
  expect(stops()).toBe(0);
});

test("any other error stops the collector, once", () => {
  const { net, target, stops } = spread();
  target.emit("uncaughtException", new TypeError("a bug"));
  target.emit("uncaughtException", new TypeError("another"));
  expect(net.caught).toBe(2);
  expect(stops()).toBe(1);
  net.remove();
  expect(target.listenerCount("uncaughtException") + target.listenerCount("unhandledRejection")).toBe(0);
});
