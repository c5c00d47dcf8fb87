import type { Dialect, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";

/** Mistral: chat completions in camel case where its client made them, and parts of its own. */

const documentUrl: PartReader = (part) => {
  part.drop("type");
  const url = part.text("document_url", "documentUrl");
  const name = part.text("document_name", "documentName");
  return url === undefined ? undefined : mediaPart("file", { url, name, rest: part.rest() });
};

const imageUrl: PartReader = (part) => {
  part.drop("type");
  const url = part.text("imageUrl");
  return url === undefined ? undefined : mediaPart("image", { url, rest: part.rest() });
};

const reference: PartReader = (part) => {
  part.drop("type");
  return { kind: "citation", url: null, title: null, text: null, ...{ rest: part.rest() ?? {} } };
};

export const mistral: Dialect = {
  name: "mistral",
  parts: { document_url: documentUrl, image_url: imageUrl, reference },
};
