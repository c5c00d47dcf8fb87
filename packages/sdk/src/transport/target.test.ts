import { expect, test } from "vitest";
import { isLoopback, parseEndpoint } from "./endpoint.ts";
import { parseTarget, withoutCredentials } from "./target.ts";
import { isUnixAddress } from "./unix-address.ts";

test.each([
  ["http://a.test", { secure: false, host: "a.test", port: 80, path: "/", authority: "a.test" }],
  ["https://a.test/v1?x=1", { secure: true, host: "a.test", port: 443, path: "/v1?x=1", authority: "a.test" }],
  ["https://a.test:8443/", { secure: true, host: "a.test", port: 8443, path: "/", authority: "a.test:8443" }],
  ["http://[::1]:4318/x", { secure: false, host: "::1", port: 4318, path: "/x", authority: "[::1]:4318" }],
  [
    "unix:/run/s.sock:/x",
    { secure: false, host: "localhost", port: 80, socketPath: "/run/s.sock", path: "/x", authority: "localhost" },
  ],
])("a request to %s connects to %j", (address, target) => {
  expect(parseTarget(address)).toStrictEqual(target);
});

test("what is no address is an error", () => {
  expect(() => parseTarget("a.test")).toThrow(TypeError);
});

test.each([
  ["https://me:secret@a.test/v1?key=secret#secret", "https://a.test/v1"],
  ["unix:/run/s.sock:/v1?key=secret", "unix:/run/s.sock:/v1"],
  ["no address?key=secret", "no address"],
  ["/relative", "/relative"],
])("in a log %s is %s", (address, said) => {
  expect(withoutCredentials(address)).toBe(said);
});

test.each([
  ["unix:/s.sock", true],
  ["unix:///s.sock", true],
  ["http://unix:/s.sock:/x", true],
  ["unix:/s.sock:x", false],
  ["unix:s.sock", false],
  ["xunix:/s.sock", false],
  ["https://unix:/s.sock", false],
  ["unix:/s.sock:/x:y", true],
])("of %s it is %s that it is a socket", (address, isOne) => {
  expect(isUnixAddress(address)).toBe(isOne);
});

test.each([
  ["localhost", true],
  ["LOCALHOST.", true],
  ["a.localhost", true],
  ["localhost..", false],
  ["::1", true],
  ["[::1]", true],
  ["127.0.0.1", true],
  ["127.255.255.255", true],
  ["127.0.0.1.", true],
  ["127.0.0", false],
  ["127.0.0.1234", false],
  ["1127.0.0.1", false],
  ["localhost.test", false],
  ["mylocalhost", false],
])("of %s it is %s that it is this machine", (host, isOne) => {
  expect(isLoopback(host)).toBe(isOne);
});

const endpoint = (address: string) => parseEndpoint(address, { option: "url", carriesCredentials: false });

test.each([
  ["https://a.test", { url: "https://a.test" }],
  ["https://a.test/base//", { url: "https://a.test/base" }],
  ["unix:/s.sock", { url: "unix:/s.sock:" }],
  ["https://me@a.test", { url: "https://a.test", authorization: `Basic ${btoa("me:")}` }],
  ["https://:pw@a.test", { url: "https://a.test", authorization: `Basic ${btoa(":pw")}` }],
  ["https://me:%E0%A4%A@a.test", { url: "https://a.test", authorization: `Basic ${btoa("me:%E0%A4%A")}` }],
])("%s is the endpoint %j", (address, expected) => {
  expect(endpoint(address)).toStrictEqual(expected);
});

test.each([
  ["", "it is empty"],
  ["a.test/me:hunter22", "it is a text without a scheme"],
  ["ftp://me:hunter22@a.test", "it is of the scheme ftp:"],
  [5 as unknown as string, "it is a value of type number"],
])("%j is refused in words that show no password", (address, words) => {
  expect(() => endpoint(address)).toThrow(words);
  expect(() => endpoint(address)).not.toThrow("hunter22");
});
