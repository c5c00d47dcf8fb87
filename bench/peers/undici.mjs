/** The probe's other HTTP client. */
import { Pool } from "undici";
import { BATCH_PATH, HEADERS } from "../subjects/sgp-item.mjs";

export function sender(url, concurrency) {
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  return async (pieces) => {
    const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    const { statusCode, body: answer } = await pool.request({
      method: "PUT",
      path: BATCH_PATH,
      headers: HEADERS,
      body,
    });
    await answer.dump();
    return statusCode;
  };
}
