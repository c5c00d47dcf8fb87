import { Fields } from "../json/fields.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";

/** The Model Context Protocol: resources in a result's content. Text, image and audio are spelled like others'. */

const resource: PartReader = (part) => {
  const inner = part.object("resource");
  if (inner === undefined) return undefined;
  part.drop("type");
  const fields = new Fields(inner);
  return mediaPart("file", {
    mediaType: fields.text("mimeType"),
    data: fields.text("blob"),
    text: fields.text("text"),
    url: fields.text("uri"),
    name: fields.text("name", "title"),
    rest: merged(part, fields),
  });
};

function merged(part: Fields, inner: Fields) {
  return mergeRests(inner.rest(), part.rest());
}

const link: PartReader = (part) => {
  part.drop("type");
  return mediaPart("file", {
    mediaType: part.text("mimeType"),
    url: part.text("uri"),
    name: part.text("title", "name"),
    rest: part.rest(),
  });
};

export const mcp: Dialect = { name: "mcp", parts: { resource, resource_link: link } };
