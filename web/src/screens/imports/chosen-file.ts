/** The largest file that the service takes. */
export const FILE_MAX = 64 * 1024 * 1024;

const TYPES: Record<string, string> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
const TEXT = "text/csv";

/** A file that was chosen, as it was at that moment. */
export interface ChosenFile {
  /** Tells apart files of one name. */
  number: number;
  name: string;
  content: Blob;
}

/** Why a file is not read. */
export type FileFault = "tooLarge" | "unreadable";

export class FileError extends Error {
  readonly fault: FileFault;

  constructor(fault: FileFault, options?: ErrorOptions) {
    super(fault, options);
    this.fault = fault;
  }
}

let chosen = 0;

/**
 * Takes a file in whole: what is looked at is what will be imported, also if it is saved again meanwhile. The browser's
 * own idea of its type depends on the programs that are installed.
 */
export async function take(file: File): Promise<ChosenFile> {
  if (file.size > FILE_MAX) throw new FileError("tooLarge");
  chosen += 1;
  const ending = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  try {
    const content = new Blob([await file.arrayBuffer()], { type: TYPES[ending] ?? TEXT });
    return { number: chosen, name: file.name, content };
  } catch (cause) {
    throw new FileError("unreadable", { cause });
  }
}
