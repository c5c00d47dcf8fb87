/** `unix:/run/everspan.sock:/request/path`, also behind `http://`. */
const UNIX = /^(?:http:\/\/)?unix:(?:\/\/)?(\/[^:]*)(?::(\/.*)?)?$/;

export function isUnixAddress(address: string): boolean {
  return UNIX.test(address);
}

export function parseUnixAddress(address: string): { readonly socketPath: string; readonly path: string } {
  const [, socketPath = "", path = "/"] = UNIX.exec(address) ?? [];
  return { socketPath, path };
}
