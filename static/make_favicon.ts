// Writes favicon.svg and favicon.ico beside itself: a lighthouse and its beam on a dark tile, which
// stands out from light and dark browser tabs alike.
//
// Both come from the one list of polygons below, on a grid of 32 by 32. The SVG lists them as they
// are; for the ICO, which browsers ask for when no page tells them better, they are filled here,
// with 8x8 samples a pixel. An ICO image is a BMP without its file header: rows from the bottom up,
// pixels as blue, green, red, alpha, then a one-bit mask that alpha makes redundant.
//
//   deno run -A static/make_favicon.ts

type Shape = readonly [colour: string, ...corners: (readonly [x: number, y: number])[]];

const SIZE = 32;
const SHAPES: readonly Shape[] = [
  ["#1b2550", [4, 0], [28, 0], [32, 4], [32, 28], [28, 32], [4, 32], [0, 28], [0, 4]],
  ["#ffc56b", [17, 9], [0, 3], [0, 15]],
  ["#f6f1e8", [16, 13], [24, 13], [26, 28], [14, 28]],
  ["#e2502f", [15.3, 18], [24.7, 18], [25.3, 23], [14.7, 23]],
  ["#ffc56b", [16, 6], [24, 6], [24, 12], [16, 12]],
  ["#e2502f", [20, 1], [26, 6], [14, 6]],
  ["#f6f1e8", [13, 11], [27, 11], [27, 14], [13, 14]],
];

function svg(): string {
  const paths = SHAPES.map(([colour, ...corners]) =>
    `  <path fill="${colour}" d="M${corners.map((corner) => corner.join(" ")).join("L")}z" />\n`
  );
  const box = `viewBox="0 0 ${SIZE} ${SIZE}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}>\n${paths.join("")}</svg>\n`;
}

function isInside([, ...corners]: Shape, x: number, y: number): boolean {
  let inside = false;
  let [fromX, fromY] = corners.at(-1)!;
  for (const [toX, toY] of corners) {
    const crosses = (fromY > y) !== (toY > y);
    if (crosses && x < fromX + (toX - fromX) * (y - fromY) / (toY - fromY)) inside = !inside;
    [fromX, fromY] = [toX, toY];
  }
  return inside;
}

/** One pixel as blue, green, red, alpha. */
function pixel(column: number, row: number): number[] {
  const side = 8, sum = [0, 0, 0];
  let covered = 0;
  for (let i = 0; i < side * side; i++) {
    const x = column + (i % side + 0.5) / side, y = row + (Math.floor(i / side) + 0.5) / side;
    const top = SHAPES.findLast((shape) => isInside(shape, x, y));
    if (!top) continue;
    covered++;
    for (const channel of [0, 1, 2]) {
      sum[channel]! += parseInt(top[0].slice(5 - 2 * channel, 7 - 2 * channel), 16);
    }
  }
  const alpha = Math.round(255 * covered / (side * side));
  return [...sum.map((value) => Math.round(value / Math.max(covered, 1))), alpha];
}

function ico(): Uint8Array {
  const headers = 22, bitmapHeader = 40, pixels = SIZE * SIZE * 4, mask = SIZE * SIZE / 8;
  const file = new Uint8Array(headers + bitmapHeader + pixels + mask);
  const view = new DataView(file.buffer);
  view.setUint16(2, 1, true); // an icon
  view.setUint16(4, 1, true); // with one image
  file[6] = file[7] = SIZE;
  view.setUint16(10, 1, true); // one plane
  view.setUint16(12, 32, true); // bits a pixel
  view.setUint32(14, file.length - headers, true);
  view.setUint32(18, headers, true);
  view.setUint32(22, bitmapHeader, true);
  view.setUint32(26, SIZE, true);
  view.setUint32(30, SIZE * 2, true); // the height counts the mask too
  view.setUint16(34, 1, true);
  view.setUint16(36, 32, true);
  for (let i = 0; i < SIZE * SIZE; i++) {
    const colour = pixel(i % SIZE, SIZE - 1 - Math.floor(i / SIZE));
    file.set(colour, headers + bitmapHeader + i * 4);
  }
  return file;
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("favicon.svg", import.meta.url), svg());
  Deno.writeFileSync(new URL("favicon.ico", import.meta.url), ico());
}
