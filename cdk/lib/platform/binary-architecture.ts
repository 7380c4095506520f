/** The architecture of a compiled binary, read from its first bytes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants, inflateRawSync } from 'node:zlib';
import type { Config } from '../config.ts';

/** ELF's numbers for machines, in bytes 18 and 19. */
const MACHINES: Record<number, Config['architecture']> = { 0x3e: 'x86_64', 0xb7: 'arm64' };
/** The header of a file in a zip archive: where it says how the file is packed, and how long its name and extras are. */
const ZIP = { start: 'PK\u0003\u0004', method: 8, nameLength: 26, extraLength: 28, header: 30, deflated: 8 };

/** The architecture of a program, or of the one in an archive of `cargo lambda`; undefined if that cannot be told. */
export function architectureOf(path: string): Config['architecture'] | undefined {
  const head = unpacked(firstBytes(path));
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\u007fELF') return undefined;
  return MACHINES[head.readUInt16LE(18)];
}

function firstBytes(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(65_536);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** The bytes themselves, or the first ones of an archive's first file. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes.length < ZIP.header || bytes.toString('latin1', 0, 4) !== ZIP.start) return bytes;
  const packed = bytes.subarray(ZIP.header + bytes.readUInt16LE(ZIP.nameLength) + bytes.readUInt16LE(ZIP.extraLength));
  if (bytes.readUInt16LE(ZIP.method) !== ZIP.deflated) return packed;
  // The file goes on beyond these bytes.
  return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
}
