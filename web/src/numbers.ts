import type { Report } from './document';

/** Where an array lies in the blob; an array that is used twice is stored once. */
interface Stored {
  numbers: [offset: number, length: number];
}

/** Reads a report whose arrays of numbers lie in a blob beside its JSON. */
export async function readReport(json: string, blob: string): Promise<Report> {
  return withArrays<Report>(json, await decodeNumbers(blob));
}

/** Reads JSON whose arrays of numbers lie beside it. */
export function withArrays<T>(json: string, numbers: Float64Array): T {
  const arrays = new Map<string, Float64Array>();
  return JSON.parse(json, (_, value: unknown) => {
    if (!isStored(value)) return value;
    const [offset, length] = value.numbers;
    const key = `${offset} ${length}`;
    const array = arrays.get(key) ?? numbers.subarray(offset, offset + length);
    arrays.set(key, array);
    return array;
  }) as T;
}

/**
 * Doubles from base64 of gzip of their bytes, plane by plane: first the lowest byte of every number, at last the highest. Signs, exponents and
 * leading digits of neighbours are alike, so that together they compress, which among the noise of the last digits they would not.
 */
export async function decodeNumbers(blob: string): Promise<Float64Array> {
  if (blob === '') return new Float64Array(); // a report without numbers
  const packed = Uint8Array.from(atob(blob), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 8;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < 8; plane++) {
    for (let i = 0; i < count; i++) bytes[8 * i + plane] = planes[plane * count + i]!;
  }
  return new Float64Array(bytes.buffer); // little-endian, as is every machine with a browser
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'numbers' in value && Array.isArray(value.numbers);
}
