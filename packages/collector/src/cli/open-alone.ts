import { type DataDirectory, DirectoryInUseError, openDataDirectory } from "../data-directory.ts";

/**
 * A directory on which no collector may run meanwhile.
 * @param advice ends the sentence of the error when one does
 */
export function openAlone(directory: string, advice: string): DataDirectory {
  try {
    return openDataDirectory(directory);
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    throw new Error(`${error.message}: stop it first${advice}`, { cause: error });
  }
}
