/**
 * A web Response whose end can be awaited. On platforms that freeze the process after the response, the spans of a
 * streaming answer end with its body, not with the handler: a flush has to wait for that.
 */
export function watchBody(response: Response): { readonly response: Response; readonly ended: Promise<void> } {
  const { body } = response;
  if (body === null) return { response, ended: Promise.resolve() };
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { response: new Response(passThrough(body, end), response), ended };
}

/** The same bytes at the reader's own pace; `end` is called when they are over, failed or no longer wanted. */
function passThrough(body: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      end();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
}
