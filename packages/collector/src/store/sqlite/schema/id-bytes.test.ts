import { expect, test } from "vitest";
import { bytesToId, idToBytes } from "./id-bytes.ts";

const UUID = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";

test("a UUID and hex digits take half their characters", () => {
  expect(idToBytes(UUID)).toEqual(Buffer.from(`01${UUID.replaceAll("-", "")}`, "hex"));
  expect(idToBytes("00ff00ff")).toEqual(Buffer.from("0200ff00ff", "hex"));
});

test("what is nearly a UUID is a text, and each text comes back as it was", () => {
  const near = Array.from({ length: UUID.length }, (_, at) =>
    ["g", "/", ":", "`", "@", "F", "-", " ", "\u0130", "\uff10", "\ud800"].map(
      (sign) => UUID.slice(0, at) + sign + UUID.slice(at + 1),
    ),
  ).flat();
  for (const id of near.filter((text) => text !== UUID)) {
    const bytes = idToBytes(id);
    expect(bytes).toEqual(Buffer.concat([Buffer.of(0), Buffer.from(id, "utf8")]));
  }
  for (const id of ["", "a", UUID, UUID.toUpperCase(), UUID.replaceAll("-", ""), "\uff10".repeat(36)]) {
    expect(bytesToId(idToBytes(id))).toBe(id);
  }
});
