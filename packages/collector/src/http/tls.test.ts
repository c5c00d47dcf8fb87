import { get, type RequestOptions } from "node:https";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { CollectorFixture, requestHead } from "../testing/collector-fixture.ts";
import { LOCALHOST_CERT, LOCALHOST_KEY } from "../testing/localhost-certificate.ts";

const tls = { cert: LOCALHOST_CERT, key: LOCALHOST_KEY };

let fixture: CollectorFixture | undefined;
afterEach(() => fixture?.stop());

function ask(path: string, options: RequestOptions = {}): Promise<{ status: number; cookie: string; body: string }> {
  return new Promise((resolve, reject) => {
    get(`${fixture!.collector.url}${path}`, { ca: LOCALHOST_CERT, agent: false, ...options }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, cookie: String(response.headers["set-cookie"]), body }),
      );
    }).on("error", reject);
  });
}

test("with a certificate it speaks https, and its address says so", async () => {
  fixture = await CollectorFixture.start({ tls });
  expect(fixture.collector.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask("/healthz")).toMatchObject({ status: 200, body: '{"status":"ok"}' });
});

test("what speaks http to it, or breaks off its handshake, is closed and holds up nobody", async () => {
  fixture = await CollectorFixture.start({ tls });
  const plain = await fixture.raw(requestHead("/healthz", ["host: localhost"]));
  expect(plain.status).not.toBe(200);
  const broken = connect(fixture.port, "127.0.0.1");
  await new Promise((resolve) => broken.once("connect", resolve));
  broken.resetAndDestroy();
  expect((await ask("/healthz")).status).toBe(200);
});

test("an old version of TLS is refused", async () => {
  fixture = await CollectorFixture.start({ tls });
  await expect(ask("/healthz", { minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
});

test("beyond loopback it starts with a certificate and a token, and with neither alone", async () => {
  const start = (options: Parameters<typeof CollectorFixture.start>[0]) =>
    CollectorFixture.start({ host: "0.0.0.0", ...options });
  await expect(start({ tls })).rejects.toThrow("needs a token");
  await expect(start({ token: "t" })).rejects.toThrow("--tls-cert");
  fixture = await start({ tls, token: "t", allowHosts: ["localhost"] });
  expect(fixture.collector.url).toMatch(/^https:/);
});

test("a certificate that is none is refused before anything is opened", async () => {
  const starting = CollectorFixture.start({ tls: { cert: "x", key: "y" } });
  await expect(starting).rejects.toThrow("the certificate and its key can't be used");
});
