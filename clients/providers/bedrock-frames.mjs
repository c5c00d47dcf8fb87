/** Messages of `application/vnd.amazon.eventstream`, as Bedrock sends them. */
import { crc32 } from "node:zlib";

function frame(headers, payload) {
  const fields = Object.entries(headers).map(([name, value]) => {
    const text = Buffer.from(value);
    const head = Buffer.alloc(name.length + 4);
    head.writeUInt8(name.length, 0);
    head.write(name, 1);
    head.writeUInt8(7, name.length + 1);
    head.writeUInt16BE(text.length, name.length + 2);
    return Buffer.concat([head, text]);
  });
  const head = Buffer.concat(fields);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  const sum = (bytes) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(crc32(bytes));
    return four;
  };
  const whole = Buffer.concat([prelude, sum(prelude), head, body]);
  return Buffer.concat([whole, sum(whole)]);
}
export const event = (type, payload) =>
  frame({ ":message-type": "event", ":event-type": type, ":content-type": "application/json" }, payload);
export const exception = (type, message) =>
  frame({ ":message-type": "exception", ":exception-type": type, ":content-type": "application/json" }, { message });
