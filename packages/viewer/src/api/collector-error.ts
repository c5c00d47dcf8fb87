/** Why the collector gave no answer, as the viewer needs to tell them apart. */

export type CollectorErrorKind = "unreachable" | "unauthorized" | "notFound" | "refused";

export class CollectorError extends Error {
  override readonly name = "CollectorError";
  readonly kind: CollectorErrorKind;

  constructor(kind: CollectorErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** Reads the body of an answer that is not a success. */
export async function collectorErrorOf(response: Response): Promise<CollectorError> {
  const message = await errorMessage(response);
  if (response.status === 401 || response.status === 403) return new CollectorError("unauthorized", message);
  if (response.status === 404) return new CollectorError("notFound", message);
  return new CollectorError(response.status >= 500 ? "unreachable" : "refused", message);
}

async function errorMessage(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: unknown } };
    if (typeof body.error?.message === "string") return body.error.message;
  } catch {
    // A proxy's page, say. The status says enough.
  }
  return `the collector answered ${response.status}`;
}
