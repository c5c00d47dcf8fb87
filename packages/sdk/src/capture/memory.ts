/**
 * What one trace captured last, by property name, so that a conversation that grows by two messages re-uses what was
 * captured of it before. Only expectations live here: each is verified field by field when it is used.
 */
import type { ArrayNode, ContainerNode, ObjectNode } from "./nodes.ts";

/** Smaller containers are cheaper to capture again than to remember. */
export const REMEMBERED_BYTES = 256;
const MAX_NAMES = 64;
const MAX_BYTES = 16 * 1024 * 1024;

export class CaptureMemory {
  private readonly objects = new Map<string, ObjectNode>();
  private readonly arrays = new Map<string, ArrayNode>();
  private bytes = 0;

  objectAt(name: string, _source: object): ObjectNode | undefined {
    return this.objects.get(name);
  }

  arrayAt(name: string): ArrayNode | undefined {
    return this.arrays.get(name);
  }

  rememberObject(name: string, node: ObjectNode, replaced: ObjectNode | undefined): void {
    this.account(node, replaced, this.objects);
    this.objects.set(name, node);
  }

  rememberArray(name: string, node: ArrayNode, replaced: ArrayNode | undefined): void {
    this.account(node, replaced, this.arrays);
    this.arrays.set(name, node);
  }

  private account(node: ContainerNode, replaced: ContainerNode | undefined, names: Map<string, unknown>): void {
    this.bytes += node.bytes - (replaced?.bytes ?? 0);
    if (this.bytes <= MAX_BYTES && names.size < MAX_NAMES) return;
    this.objects.clear();
    this.arrays.clear();
    this.bytes = node.bytes;
  }
}
