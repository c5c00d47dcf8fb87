import { expect, test } from "vitest";
import { proxyAuthorization } from "./dial.ts";

const basic = (pair: string) => ({ "proxy-authorization": `Basic ${btoa(pair)}` });

test.each<[proxy: string, headers: object]>([
  ["http://proxy.test:3128", {}],
  ["http://me:pass@proxy.test", basic("me:pass")],
  ["http://me@proxy.test", basic("me:")],
  ["http://:pass@proxy.test", basic(":pass")],
  ["http://m%40e:p%3Ass@proxy.test", basic("m@e:p:ss")],
])("a proxy at %s is told who asks", (proxy, headers) => {
  expect(proxyAuthorization(proxy)).toEqual(headers);
});
