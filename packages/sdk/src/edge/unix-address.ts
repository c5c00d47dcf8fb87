/** In the place of `transport/unix-address.ts`: `fetch` reaches no unix socket, so such an address is no address here. */
export function isUnixAddress(_address: unknown): false {
  return false;
}

export function parseUnixAddress(address: string): { socketPath: string; path: string } {
  return { socketPath: address, path: "" };
}
