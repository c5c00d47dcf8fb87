/** Loaded before a program: each name that it looks up and each connection that it begins is a line of a file. */

import dns from "node:dns";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isIP, Socket } from "node:net";

const note = (what) => appendFileSync(process.env.OUTGOING_PROBE_FILE, `${what}\n`);

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  note(`connect ${JSON.stringify(args[0])}`);
  return connect.apply(this, args);
};
for (const of of [dns, dns.promises]) {
  for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
    const before = of[name];
    of[name] = (host, ...rest) => {
      // An address is looked up also by who listens on it.
      if (isIP(host) === 0) note(`${name} ${host}`);
      return before.call(of, host, ...rest);
    };
  }
}
syncBuiltinESMExports();
