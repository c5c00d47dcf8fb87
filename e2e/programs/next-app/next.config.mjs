import { fileURLToPath } from "node:url";

export default {
  turbopack: { root: fileURLToPath(new URL("../../..", import.meta.url)) },
  devIndicators: false,
  // A build that is thrown away.
  experimental: { turbopackMinify: false, turbopackSourceMaps: false, turbopackFileSystemCacheForBuild: false },
};
