/** In the place of `delivery/record/record-memory.ts`: payloads that records share are counted with each. */
import type { CoreMemory } from "../delivery/core/record.ts";
import type { SpanRecord } from "../delivery/record/span-record.ts";

export class RecordMemory implements CoreMemory<SpanRecord> {
  bytes = 0;

  hold(record: SpanRecord): void {
    this.bytes += record.bytes;
  }

  release(record: SpanRecord): void {
    this.bytes -= record.bytes;
  }

  /** Nothing is shed here: what has no room is dropped. */
  shed(): undefined {}
}
