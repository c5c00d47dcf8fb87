/** In the place of `transport/http-transport.ts`: no sockets here. */
export { FetchTransport as HttpTransport } from "../transport/fetch-transport.ts";
