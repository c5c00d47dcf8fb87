import type { Candidate } from "../conventions/convention.ts";
import { type Message, type Part, plainText } from "../form/message.ts";
import type { ModelInput, ModelOutput } from "../form/payloads.ts";
import type { Reading } from "../form/reading.ts";
import { isDeepEqual } from "../json/is-deep-equal.ts";
import { asRecord, isEmpty, own } from "../json/json-record.ts";
import { messageHash } from "../messages/message-hash.ts";
import { readModelInput, readModelOutput } from "../messages/payloads.ts";

type Read = Reading<ModelInput | ModelOutput>;

interface Looked {
  readonly candidate: Candidate;
  readonly read: Read;
}

/**
 * The payload to keep of those that attributes hold, and the names of all attributes that only say it again. What says
 * anything else keeps its name and stays.
 */
export function chooseCandidate(
  candidates: readonly Candidate[],
  isModel: boolean,
  side: "input" | "output",
): Candidate | undefined {
  const full = candidates.filter(({ value }) => !isEmpty(value));
  const empty = candidates.filter(({ value }) => isEmpty(value));
  if (full.length === 0) return empty.length === 0 ? undefined : { value: empty[0]!.value, names: namesOf(empty) };
  if (full.length === 1) return { value: full[0]!.value, names: namesOf([...full, ...empty]) };
  const reader = side === "input" ? readModelInput : readModelOutput;
  const looked = full.map((candidate): Looked => ({ candidate, read: reader(candidate.value) }));
  const best = (isModel ? bestConversation(looked) : undefined) ?? looked[0]!;
  const chosen = withTools(best, looked, reader);
  const copies = looked.filter((other) => other !== chosen && repeats(other, chosen)).map(({ candidate }) => candidate);
  return { value: chosen.candidate.value, names: namesOf([chosen.candidate, ...copies, ...empty]) };
}

function namesOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.flatMap(({ names }) => names);
}

/** The first that is a conversation with a structure; a mere text only when nothing says more. */
function bestConversation(looked: readonly Looked[]): Looked | undefined {
  const read = looked.filter(({ read }) => read.kind === "read");
  const structured = read.filter(({ candidate }) => typeof candidate.value === "object");
  const [first] = structured;
  return structured.find((other) => hasMore(other, first!)) ?? first ?? read[0];
}

/** The same messages, and the tools that were offered with them; or what was said, where the first has instructions only. */
function hasMore(other: Looked, first: Looked): boolean {
  if (other === first || other.read.kind !== "read" || first.read.kind !== "read") return false;
  const [its, ours] = [other.read.value, first.read.value];
  const hasTools = toolsOf(its).length > 0 && toolsOf(ours).length === 0;
  const hasWords = ours.messages.every(isSystem) && !its.messages.every(isSystem);
  return (hasTools || hasWords) && areIn(ours.messages, its.messages);
}

/** Where the messages say more under one name and the tools stand only under another, with the same messages: both. */
function withTools(best: Looked, looked: readonly Looked[], reader: (value: unknown) => Read): Looked {
  const value = asRecord(best.candidate.value);
  const { read } = best;
  if (value === undefined || read.kind !== "read" || toolsOf(read.value).length > 0 || "tools" in value) return best;
  const other = looked.find(
    (one) => one.read.kind === "read" && toolsOf(one.read.value).length > 0 && isSaidIn(one.read.value, read.value),
  );
  const tools = own(asRecord(other?.candidate.value), "tools");
  if (other === undefined || tools === undefined) return best;
  const whole = { ...value, tools };
  const names = [...best.candidate.names, ...other.candidate.names];
  return { candidate: { value: whole, names }, read: reader(whole) };
}

function isSystem({ role }: Message): boolean {
  return role === "system";
}

function repeats(other: Looked, chosen: Looked): boolean {
  if (isDeepEqual(other.candidate.value, chosen.candidate.value)) return true;
  if (other.read.kind !== "read" || chosen.read.kind !== "read") return false;
  const its = other.read.value;
  const ours = chosen.read.value;
  if (!sameTools(its, ours) || !sameEmbeddings(its, ours)) return false;
  if (its.messages.length === 0) return false;
  if (typeof other.candidate.value === "string")
    return other.candidate.value === ours.messages.map(plainText).join("\n");
  return isSaidIn(its, ours);
}

function isSaidIn(its: ModelInput | ModelOutput, ours: ModelInput | ModelOutput): boolean {
  return areIn(its.messages, ours.messages) && isSaidToo(its, ours);
}

/** Tools that only one of two names hold would be lost with it. */
function sameTools(its: ModelInput | ModelOutput, ours: ModelInput | ModelOutput): boolean {
  const [left, right] = [toolsOf(its), toolsOf(ours)];
  return left.length === 0 || isDeepEqual(left.map(nameOf), right.map(nameOf));
}

function sameEmbeddings(its: ModelInput | ModelOutput, ours: ModelInput | ModelOutput): boolean {
  const [left, right] = [its, ours].map((read) => ("embeddings" in read ? read.embeddings : undefined));
  return left === undefined || isDeepEqual(left, right);
}

function toolsOf(read: ModelInput | ModelOutput) {
  return "tools" in read ? (read.tools ?? []) : [];
}

function nameOf(tool: { name: string }): string {
  return tool.name;
}

/** Each of the messages is among the others, which say at least as much with it. */
function areIn(messages: readonly Message[], others: readonly Message[]): boolean {
  const twins = new Map(
    others.flatMap((message) => [message, withoutIds(message)].map((as) => [messageHash(as), message])),
  );
  return messages.every((message) => {
    const twin = twins.get(messageHash(message));
    return (
      twin !== undefined &&
      isSameSpeaker(message, twin) &&
      restIsIn(message, twin) &&
      message.parts.every((part, i) => restIsIn(part, twin.parts[i]))
    );
  });
}

/** As instrumentations repeat a message that leave out which result answers which call. */
function withoutIds(message: Message): Message {
  if (!message.parts.some(({ kind }) => kind === "toolCall" || kind === "toolResult")) return message;
  const parts = message.parts.map((part): Part => {
    if (part.kind === "toolCall") return { ...part, callId: null };
    return part.kind === "toolResult" ? { ...part, callId: null, name: null } : part;
  });
  return { ...message, parts };
}

/** A role without a word in the form is known by its label alone. */
function isSameSpeaker(its: Message, ours: Message): boolean {
  return its.role !== "other" || its.roleLabel === ours.roleLabel;
}

function restIsIn(its: Message | Part, ours: Message | Part | undefined): boolean {
  const rest = "rest" in its ? its.rest : undefined;
  const other = ours !== undefined && "rest" in ours ? ours.rest : undefined;
  return Object.entries(rest ?? {}).every(([key, value]) => isDeepEqual(value, other?.[key]));
}

/** What the copy says beside its messages, the chosen one says too. */
function isSaidToo(its: ModelInput | ModelOutput, ours: ModelInput | ModelOutput): boolean {
  const extra = "parameters" in its ? its.parameters : "rest" in its ? its.rest : undefined;
  const own = "parameters" in ours ? ours.parameters : "rest" in ours ? ours.rest : undefined;
  return Object.entries(extra ?? {}).every(([key, value]) => isDeepEqual(value, own?.[key]));
}
