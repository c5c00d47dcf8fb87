import type { Clock, Fd, FileStatus, OffLoop, OpenMode, SpoolCalls, SpoolFs } from "everspan/internals";

/**
 * A disk with a cache that can be lost.
 *
 * Every change goes into a log. Programs see all of it; what survives a power cut is what an fsync of the same file, or
 * of the directory for names, came after, and of the rest whatever the test decides: each 512-byte sector, each name,
 * kept, lost or (for data) turned into zeros. A crash of the process alone keeps everything. So one run yields the
 * images of all its crashes: `imageAt`.
 *
 * Length: one class, since every call of the file system reads and writes the same log.
 */
export class SimulatedDisk implements SpoolFs {
  readonly sync: SpoolCalls;
  readonly offLoop: OffLoop<SpoolCalls>;
  /** What happened, in order. Crash points are places in it. */
  readonly log: DiskOperation[] = [];
  /** Called before each call; what it answers happens instead. */
  onCall: (call: DiskCall) => DiskFault | undefined = () => undefined;
  /** A call off the event loop waits for what this answers before it happens: a slow or hung disk. */
  onHold: (call: DiskCall) => Promise<void> | undefined = () => undefined;
  /** Called before each read; what it answers is the code of the read's error. */
  onRead: (read: { readonly path: string; readonly position: number; readonly bytes: number }) => string | undefined =
    () => undefined;
  /** When files were last changed, for all of them. */
  modifiedMs: () => number;
  capacityBytes = Number.POSITIVE_INFINITY;
  maxOpenFiles = Number.POSITIVE_INFINITY;
  readonly #clock: Pick<Clock, "wallMs">;
  readonly #start: Nodes;
  readonly #nodes: Nodes;
  readonly #openFiles = new Map<Fd, { node: FileNode; path: string }>();
  #nextFd = 3;

  constructor(clock: Pick<Clock, "wallMs">, start: Nodes = emptyNodes()) {
    this.#clock = clock;
    this.modifiedMs = () => clock.wallMs();
    this.#start = start;
    this.#nodes = copyNodes(start);
    this.sync = this.#calls();
    this.offLoop = this.#offLoopCalls();
  }

  get openFiles(): number {
    return this.#openFiles.size;
  }

  /** Remembers that something was promised at this point. */
  mark(label: string, value: number): void {
    this.log.push({ kind: "mark", label, value });
  }

  /** The value of the last mark of this label before a crash point. */
  marked(label: string, at: number): number {
    const marks = this.log.slice(0, at).filter((operation) => operation.kind === "mark" && operation.label === label);
    return (marks.at(-1) as { value: number } | undefined)?.value ?? 0;
  }

  /** The disk as the next start finds it when the process dies after the first `at` operations and the power stays on. */
  imageAt(at: number): SimulatedDisk;
  /** … when the power fails then. `fateOf` decides for each part of an operation that no fsync covers. */
  imageAt(at: number, fateOf: (part: DiskPart) => Fate): SimulatedDisk;
  imageAt(at: number, fateOf?: (part: DiskPart) => Fate): SimulatedDisk {
    const nodes = copyNodes(this.#start);
    const durable = this.#durableBefore(at);
    this.log.slice(0, at).forEach((operation, index) => {
      const isKept = fateOf === undefined || durable.has(index);
      for (const part of partsOf(operation, index)) applyPart(nodes, part, isKept ? "kept" : fateOf(part));
    });
    return new SimulatedDisk(this.#clock, nodes);
  }

  /** What a power cut after the first `at` operations may or may not take. */
  uncertainAt(at: number): DiskPart[] {
    const durable = this.#durableBefore(at);
    return this.log.slice(0, at).flatMap((operation, index) => (durable.has(index) ? [] : partsOf(operation, index)));
  }

  /** A file's present contents. */
  contents(path: string): Buffer {
    return Buffer.from(this.#file(path).bytes);
  }

  /** Damages a file behind everybody's back. */
  corrupt(path: string, damage: (bytes: Buffer) => Buffer): void {
    const node = this.#file(path);
    node.bytes = damage(Buffer.from(node.bytes));
  }

  /** Every file's path. */
  files(path = "/"): string[] {
    const directory = this.#directory(path);
    return [...directory.entries].flatMap(([name, id]) => {
      const child = `${path === "/" ? "" : path}/${name}`;
      return this.#nodes.get(id)?.kind === "file" ? [child] : this.files(child);
    });
  }

  /** Takes a name away, with everything below it, as `rm -rf` does: open files live on without it. */
  remove(path: string): void {
    const { directory, name } = this.#parent(path);
    this.#do({ kind: "unlink", node: directory.id, name });
  }

  #durableBefore(at: number): Set<number> {
    const durable = new Set<number>();
    const pending = new Map<number, number[]>();
    for (const [index, operation] of this.log.slice(0, at).entries()) {
      if (operation.kind === "mark") continue;
      if (operation.kind === "fsync") {
        for (const earlier of pending.get(operation.node) ?? []) durable.add(earlier);
        pending.delete(operation.node);
      } else if (operation.kind === "fsync-failed") {
        pending.delete(operation.node);
      } else {
        pending.set(operation.node, [...(pending.get(operation.node) ?? []), index]);
      }
    }
    return durable;
  }

  #do(operation: DiskOperation): void {
    const index = this.log.push(operation) - 1;
    for (const part of partsOf(operation, index)) applyPart(this.#nodes, part, "kept");
  }

  #calls(): SpoolCalls {
    const guard = <Args extends unknown[], Result>(name: keyof SpoolCalls, run: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        this.#assertNoFault(name, args[0] as string | Fd);
        return run(...args);
      };
    };
    return {
      mkdir: guard("mkdir", (path: string) => this.#make(path, "directory")),
      open: guard("open", (path: string, mode: OpenMode) => this.#open(path, mode)),
      // Its faults are decided inside: what was written before the error stays.
      write: (fd, bytes, position) => this.#write(fd, bytes, position),
      read: guard("read", (fd: Fd, target: Uint8Array, position: number) => {
        const { node, path } = this.#openFile(fd);
        const code = this.onRead({ path, position, bytes: target.byteLength });
        if (code !== undefined) throw failure(code);
        const part = node.bytes.subarray(position, position + target.byteLength);
        target.set(part);
        return part.byteLength;
      }),
      truncate: guard("truncate", (fd: Fd, bytes: number) =>
        this.#do({ kind: "truncate", node: this.#openFile(fd).node.id, bytes }),
      ),
      fsync: guard("fsync", (fd: Fd) => this.#do({ kind: "fsync", node: this.#openFile(fd).node.id })),
      close: guard("close", (fd: Fd) => void this.#openFiles.delete(fd)),
      fsyncDirectory: guard("fsyncDirectory", (path: string) =>
        this.#do({ kind: "fsync", node: this.#directory(path).id }),
      ),
      rename: guard("rename", (from: string, to: string) => this.#rename(from, to)),
      unlink: guard("unlink", (path: string) => this.#unlink(path, "file")),
      rmdir: guard("rmdir", (path: string) => this.#unlink(path, "directory")),
      readdir: guard("readdir", (path: string) => [...this.#directory(path).entries.keys()]),
      status: guard("status", (path: string) => this.#status(path)),
    };
  }

  #assertNoFault(name: keyof SpoolCalls, target: string | Fd): void {
    const path = typeof target === "string" ? target : (this.#openFiles.get(target)?.path ?? "");
    const fault = this.onCall({ name, path });
    if (fault?.code === undefined) return;
    if (name === "fsync") this.log.push({ kind: "fsync-failed", node: this.#openFile(target as Fd).node.id });
    throw failure(fault.code);
  }

  #offLoopCalls(): OffLoop<SpoolCalls> {
    const later = <Name extends keyof SpoolCalls>(name: Name) => {
      return async (...args: Parameters<SpoolCalls[Name]>): Promise<ReturnType<SpoolCalls[Name]>> => {
        const path = typeof args[0] === "string" ? args[0] : (this.#openFiles.get(args[0])?.path ?? "");
        await this.onHold({ name, path });
        const call = this.sync[name] as (...args: Parameters<SpoolCalls[Name]>) => ReturnType<SpoolCalls[Name]>;
        return call(...args);
      };
    };
    return {
      mkdir: later("mkdir"),
      open: later("open"),
      write: later("write"),
      read: later("read"),
      truncate: later("truncate"),
      fsync: later("fsync"),
      close: later("close"),
      fsyncDirectory: later("fsyncDirectory"),
      rename: later("rename"),
      unlink: later("unlink"),
      rmdir: later("rmdir"),
      readdir: later("readdir"),
      status: later("status"),
    };
  }

  #open(path: string, mode: OpenMode): Fd {
    if (this.#openFiles.size >= this.maxOpenFiles) throw failure("EMFILE");
    if (mode === "create") this.#make(path, "file");
    const fd = this.#nextFd++;
    this.#openFiles.set(fd, { node: this.#file(path), path });
    return fd;
  }

  #make(path: string, kind: "file" | "directory"): void {
    const { directory, name } = this.#parent(path);
    if (directory.entries.has(name)) throw failure("EEXIST");
    this.#do({ kind: "link", node: directory.id, name, child: this.#newId(), childKind: kind });
  }

  #write(fd: Fd, bytes: Uint8Array, position: number): number {
    const { node, path } = this.#openFile(fd);
    const fault = this.onCall({ name: "write", path });
    if (fault?.code !== undefined && fault.partialBytes === undefined) throw failure(fault.code);
    const growth = Math.max(0, position + bytes.byteLength - node.bytes.length);
    const room = this.capacityBytes - this.#usedBytes();
    const limit = Math.min(fault?.partialBytes ?? bytes.byteLength, bytes.byteLength - Math.max(0, growth - room));
    if (limit <= 0 && bytes.byteLength > 0) throw failure(fault?.code ?? "ENOSPC");
    this.#do({ kind: "write", node: node.id, position, bytes: Buffer.from(bytes.subarray(0, limit)) });
    return limit;
  }

  #usedBytes(): number {
    return this.files().reduce((sum, path) => sum + this.#file(path).bytes.length, 0);
  }

  #rename(from: string, to: string): void {
    const source = this.#parent(from);
    const target = this.#parent(to);
    const child = source.directory.entries.get(source.name);
    if (child === undefined) throw failure("ENOENT");
    if (source.directory === target.directory) {
      this.#do({ kind: "rename", node: source.directory.id, name: source.name, to: target.name, child });
      return;
    }
    this.#do({ kind: "rename", node: target.directory.id, name: target.name, to: target.name, child });
    this.#do({ kind: "unlink", node: source.directory.id, name: source.name });
  }

  #unlink(path: string, kind: "file" | "directory"): void {
    const { directory, name } = this.#parent(path);
    const node = this.#nodes.get(directory.entries.get(name) ?? -1);
    if (node === undefined) throw failure("ENOENT");
    if (node.kind !== kind) throw failure(kind === "file" ? "EISDIR" : "ENOTDIR");
    if (node.kind === "directory" && node.entries.size > 0) throw failure("ENOTEMPTY");
    this.#do({ kind: "unlink", node: directory.id, name });
  }

  #status(path: string): FileStatus | undefined {
    const node = this.#find(path);
    if (node === undefined) return undefined;
    const bytes = node.kind === "file" ? node.bytes.length : 0;
    return {
      kind: node.kind,
      bytes,
      modifiedMs: this.modifiedMs(),
      identity: String(node.id),
      isWritableByOthers: false,
    };
  }

  #openFile(fd: Fd): { node: FileNode; path: string } {
    const open = this.#openFiles.get(fd);
    if (open === undefined) throw failure("EBADF");
    return open;
  }

  #find(path: string): DiskNode | undefined {
    let node = this.#nodes.get(ROOT);
    for (const name of path.split("/").filter((part) => part !== "" && part !== ".")) {
      if (node?.kind !== "directory") return undefined;
      node = this.#nodes.get(node.entries.get(name) ?? -1);
    }
    return node;
  }

  #file(path: string): FileNode {
    const node = this.#find(path);
    if (node?.kind !== "file") throw failure(node === undefined ? "ENOENT" : "EISDIR");
    return node;
  }

  #directory(path: string): DirectoryNode {
    const node = this.#find(path);
    if (node?.kind !== "directory") throw failure(node === undefined ? "ENOENT" : "ENOTDIR");
    return node;
  }

  #parent(path: string): { directory: DirectoryNode; name: string } {
    const end = path.lastIndexOf("/");
    return { directory: this.#directory(path.slice(0, end)), name: path.slice(end + 1) };
  }

  #newId(): number {
    return Math.max(...this.#nodes.keys()) + 1;
  }
}

export interface DiskCall {
  readonly name: keyof SpoolCalls;
  readonly path: string;
}

/** A call fails with `code`; a write with `partialBytes` as well first writes so much and answers with it. */
export interface DiskFault {
  readonly code?: string;
  readonly partialBytes?: number;
}

export type Fate = "kept" | "lost" | "zeros";

interface FileNode {
  readonly kind: "file";
  readonly id: number;
  bytes: Buffer;
}

interface DirectoryNode {
  readonly kind: "directory";
  readonly id: number;
  readonly entries: Map<string, number>;
}

type DiskNode = FileNode | DirectoryNode;
type Nodes = Map<number, DiskNode>;

export type DiskOperation =
  | { readonly kind: "write"; readonly node: number; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly node: number; readonly bytes: number }
  | {
      readonly kind: "link";
      readonly node: number;
      readonly name: string;
      readonly child: number;
      readonly childKind: DiskNode["kind"];
    }
  | { readonly kind: "unlink"; readonly node: number; readonly name: string }
  | {
      readonly kind: "rename";
      readonly node: number;
      readonly name: string;
      readonly to: string;
      readonly child: number;
    }
  | { readonly kind: "fsync" | "fsync-failed"; readonly node: number }
  | { readonly kind: "mark"; readonly label: string; readonly value: number };

/** The least that a power cut can take or leave: one sector of a write, or one change of a name. */
export interface DiskPart {
  /** Of its operation in the log. */
  readonly index: number;
  readonly operation: DiskOperation;
}

const ROOT = 0;
const SECTOR_BYTES = 512;

function emptyNodes(): Nodes {
  return new Map([[ROOT, { kind: "directory", id: ROOT, entries: new Map() }]]);
}

function copyNodes(nodes: Nodes): Nodes {
  return new Map(
    [...nodes].map(([id, node]) => [
      id,
      node.kind === "file" ? { ...node, bytes: Buffer.from(node.bytes) } : { ...node, entries: new Map(node.entries) },
    ]),
  );
}

function partsOf(operation: DiskOperation, index: number): DiskPart[] {
  if (operation.kind === "mark" || operation.kind === "fsync" || operation.kind === "fsync-failed") return [];
  if (operation.kind !== "write") return [{ index, operation }];
  const parts: DiskPart[] = [];
  for (let at = 0; at < operation.bytes.length; ) {
    const position = operation.position + at;
    const end = Math.min(operation.bytes.length, at + SECTOR_BYTES - (position % SECTOR_BYTES));
    parts.push({ index, operation: { ...operation, position, bytes: operation.bytes.subarray(at, end) } });
    at = end;
  }
  return parts;
}

function applyPart(nodes: Nodes, { operation }: DiskPart, fate: Fate): void {
  // A node exists once its making was logged; whether a name leads to it is another matter.
  if (operation.kind === "link" && !nodes.has(operation.child)) {
    const { child: id, childKind } = operation;
    nodes.set(
      id,
      childKind === "file"
        ? { kind: "file", id, bytes: Buffer.alloc(0) }
        : { kind: "directory", id, entries: new Map() },
    );
  }
  if (fate === "lost" || operation.kind === "mark") return;
  const node = nodes.get(operation.node);
  if (node?.kind === "file") applyToFile(node, operation, fate);
  if (node?.kind === "directory") applyToDirectory(node, operation);
}

function applyToFile(file: FileNode, operation: DiskOperation, fate: Fate): void {
  if (operation.kind === "truncate") file.bytes = resized(file.bytes, operation.bytes);
  if (operation.kind !== "write") return;
  const end = operation.position + operation.bytes.length;
  if (end > file.bytes.length) file.bytes = resized(file.bytes, end);
  if (fate === "zeros") file.bytes.fill(0, operation.position, end);
  else operation.bytes.copy(file.bytes, operation.position);
}

function applyToDirectory(directory: DirectoryNode, operation: DiskOperation): void {
  if (operation.kind === "link") directory.entries.set(operation.name, operation.child);
  if (operation.kind === "unlink") directory.entries.delete(operation.name);
  if (operation.kind !== "rename") return;
  directory.entries.delete(operation.name);
  directory.entries.set(operation.to, operation.child);
}

function resized(bytes: Buffer, length: number): Buffer {
  const next = Buffer.alloc(length);
  bytes.copy(next, 0, 0, Math.min(length, bytes.length));
  return next;
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
