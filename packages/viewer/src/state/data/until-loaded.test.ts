import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { untilLoaded } from "./query-client.ts";

test("resolves with the first data, though more of it is on its way", async () => {
  const client = new QueryClient();
  let finish: (all: string) => void = () => {};
  const whole = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const queryFn = () => {
    client.setQueryData(["run"], "a part");
    return whole;
  };
  await untilLoaded(client, { queryKey: ["run"], queryFn });
  expect(client.getQueryData(["run"])).toBe("a part");
  finish("all");
  await expect.poll(() => client.getQueryData(["run"])).toBe("all");
});

test("resolves with the first failure, while it is tried again", async () => {
  const client = new QueryClient();
  let tries = 0;
  const queryFn = () => {
    tries += 1;
    return Promise.reject(new Error("no network"));
  };
  await untilLoaded(client, { queryKey: ["run"], queryFn, retry: true, retryDelay: 60_000 });
  expect(tries).toBe(1);
  expect(client.getQueryData(["run"])).toBeUndefined();
  client.clear();
});
