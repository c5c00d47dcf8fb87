import { describe, expect, test } from "vitest";
import { parseEndpoint } from "./endpoint.ts";
import { proxyFor } from "./proxy.ts";
import { parseTarget } from "./target.ts";

const withKey = (url: string, allowInsecure?: boolean) =>
  parseEndpoint(url, { option: "baseUrl", carriesCredentials: true, allowInsecure });

describe("an address", () => {
  test.each([
    "http://127.0.0.1:1",
    "http://localhost",
    "http://[::1]:4318",
    "http://127.8.8.8",
    "https://api.test",
    "unix:/run/s.sock",
  ])("W21 credentials may travel to %s", (url) => expect(() => withKey(url)).not.toThrow());

  test.each([
    "http://api.test",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://localhost.evil.test",
    "http://evillocalhost",
    "http://127.0.0.1.evil.test",
    "http://[::2]",
  ])("W21 credentials never travel to %s over clear HTTP, unless asked", (url) => {
    expect(() => withKey(url)).toThrow(expect.objectContaining({ code: "EVERSPAN_INSECURE_URL" }));
    expect(() => withKey(url, true)).not.toThrow();
    expect(() => parseEndpoint(url, { option: "url", carriesCredentials: false })).not.toThrow();
  });

  test.each(["", "api.test", "ftp://x", "file:///etc/passwd", "http://", "//x"])("%j is refused by name", (url) => {
    expect(() => withKey(url)).toThrow(expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" }));
    expect(() => withKey(url)).toThrow("baseUrl");
  });

  test.each(["https://api.test/base?key=hunter22", "https://api.test/#hunter22", "http://127.0.0.1:1/?key=hunter22"])(
    "a query or fragment is refused, not dropped, and is in no message: %s",
    (url) => {
      expect(() => withKey(url)).toThrow(expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION" }));
      expect(() => withKey(url)).toThrow("baseUrl");
      expect(() => withKey(url)).not.toThrow("hunter22");
    },
  );

  test("a user and password in it become a header, count as a credential, and are in no message", () => {
    expect(withKey("https://me:p%40ss@api.test/base/")).toEqual({
      url: "https://api.test/base",
      authorization: `Basic ${btoa("me:p@ss")}`,
    });
    const insecure = () => parseEndpoint("http://me:hunter22@api.test", { option: "url", carriesCredentials: false });
    expect(insecure).toThrow(expect.objectContaining({ code: "EVERSPAN_INSECURE_URL" }));
    expect(insecure).not.toThrow("hunter22");
  });

  test.each([
    ["unix:/run/s.sock", "/run/s.sock", "/v1"],
    ["unix:/run/s.sock:/base/", "/run/s.sock", "/base/v1"],
    ["http://unix:/run/s.sock", "/run/s.sock", "/v1"],
  ])("W20 %s is the socket %s, and a request's path is %s", (url, socketPath, path) => {
    expect(parseTarget(`${withKey(url).url}/v1`)).toMatchObject({ socketPath, path });
  });
});

describe("W20 proxy variables", () => {
  const environment = { HTTP_PROXY: "http://p.test:1", HTTPS_PROXY: "p.test:2" };
  test.each([
    ["http://a.test/", environment, "http://p.test:1"],
    ["https://a.test/", environment, "http://p.test:2"],
    ["https://a.test/", { ...environment, https_proxy: "http://lower.test" }, "http://lower.test"],
    ["http://127.0.0.1:4318/", environment, undefined],
    ["http://[::1]/", environment, undefined],
    ["unix:/s.sock:/x", environment, undefined],
    ["http://a.test/", { ...environment, NO_PROXY: "*" }, undefined],
    ["http://a.test/", { ...environment, NO_PROXY: "b.test, a.test" }, undefined],
    ["http://sub.a.test/", { ...environment, no_proxy: ".a.test" }, undefined],
    ["http://sub.a.test/", { ...environment, no_proxy: "*.a.test" }, undefined],
    ["http://nota.test/", { ...environment, no_proxy: "a.test" }, "http://p.test:1"],
    ["http://a.test:8080/", { ...environment, no_proxy: "a.test:80" }, "http://p.test:1"],
    ["http://a.test:8080/", { ...environment, no_proxy: "a.test:8080" }, undefined],
    ["http://[fd00::1]/", { ...environment, no_proxy: "[fd00::1]" }, undefined],
    ["http://[fd00::1]/", { ...environment, no_proxy: "fd00::1" }, undefined],
    ["http://a.test/", { ...environment, REQUEST_METHOD: "GET" }, undefined],
    ["http://a.test/", { HTTP_PROXY: " " }, undefined],
  ])("W20 %s with %j goes through %j", (url, variables, proxy) => {
    expect(proxyFor(parseTarget(url), variables)).toBe(proxy);
  });
});
