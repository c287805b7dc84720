/** Arithmetic of GF(256) with the polynomial of QR codes (ISO/IEC 18004): x⁸ + x⁴ + x³ + x² + 1. */
const multiply = (a: number, b: number): number => {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
};

/** The coefficients of (x − 2⁰)(x − 2¹)…, the leading 1 left out. */
const generator = (degree: number): readonly number[] => {
  let factors: number[] = [...Array.from({ length: degree - 1 }, () => 0), 1];
  let root = 1;
  for (let i = 0; i < degree; i += 1) {
    factors = factors.map((factor, j) => multiply(factor, root) ^ (factors[j + 1] ?? 0));
    root = multiply(root, 2);
  }
  return factors;
};

/** The check words of a block: what is left of it divided by the generator. */
export const checkWords = (data: readonly number[], count: number): readonly number[] => {
  const divisor = generator(count);
  let rest: number[] = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((word, i) => word ^ multiply(divisor[i] ?? 0, factor));
  }
  return rest;
};
