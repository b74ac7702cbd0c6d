// Draws test.jpg: a lighthouse at dusk, answering whoever calls.
//
// Nothing here is a photograph. For every pixel a few rays leave the camera. A ray that meets the
// sea is bent by the slope of the waves and goes on as a reflection; a ray that meets the headland,
// the tower or the cottage is found by marching (take the distance to the nearest surface as a safe
// step, and repeat); any other ends in the sky, a gradient with clouds, stars and hazy ridges. The
// lamp's beam is not a surface: what it adds depends on how near the ray passes its axis.
//
// Lengths are in metres: x to the right, y up from the sea, z away from the camera. Colours are
// linear light until `develop` turns them into bytes. All randomness is a hash of where it is used,
// so the same program makes the same picture.
//
//   deno run -A static/make_picture.ts picture.ppm        the picture, 1200x800, in about a minute
//   deno run -A static/make_picture.ts draft.ppm 600 2    width, and samples along a pixel's side
//   cjpeg -quality 86 -progressive -optimize picture.ppm > static/test.jpg

type Vec3 = readonly [number, number, number];

// ---- Vectors and curves ----

const add = (a: Vec3, b: Vec3, k = 1): Vec3 => [a[0] + b[0] * k, a[1] + b[1] * k, a[2] + b[2] * k];
const scale = (a: Vec3, k: number): Vec3 => [a[0] * k, a[1] * k, a[2] * k];
const times = (a: Vec3, b: Vec3): Vec3 => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
const mix = (a: Vec3, b: Vec3, t: number): Vec3 => add(scale(a, 1 - t), b, t);
const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const normalize = (a: Vec3) => scale(a, 1 / Math.sqrt(dot(a, a)));
const clamp = (x: number, low = 0, high = 1) => x < low ? low : x > high ? high : x;

function smoothstep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

// ---- The scene's numbers ----

const EYE: Vec3 = [0, 7, 0];
const FOCAL = 2.6; // in half heights of the frame
const HORIZON = -0.3; // where it stands in the frame, from -1 (bottom) to 1 (top)
const SUNSET = -0.19; // azimuth of the glow, in radians to the right of straight ahead
const WARMTH = normalize([-0.88, 0.2, 0.42]); // where its light on the land comes from
const TOWER: Vec3 = [24.5, 15.4, 126]; // the foot of the lighthouse
const TOWER_HEIGHT = 17;
const LAMP: Vec3 = [TOWER[0], TOWER[1] + TOWER_HEIGHT + 1.9, TOWER[2]];
const BEAM = normalize([-0.9, 0.075, -0.3]);
const COTTAGE: Vec3 = [38, 15.7, 122];
const BOAT: Vec3 = [-29, 0, 112];
const LAMPLIGHT: Vec3 = [1, 0.71, 0.35];
const LAND = { left: -30, near: 70, size: 150, top: 40, cell: 0.2 }; // a square of ground

// ---- Noise ----

function hash(x: number, y: number): number {
  let h = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

function noise(x: number, y: number): number {
  const ix = Math.floor(x), iy = Math.floor(y);
  const u = smoothstep(0, 1, x - ix), v = smoothstep(0, 1, y - iy);
  const a = hash(ix, iy), b = hash(ix + 1, iy), c = hash(ix, iy + 1), d = hash(ix + 1, iy + 1);
  return a + (b - a) * u + (c - a) * v + (a - b - c + d) * u * v;
}

function fractalNoise(x: number, y: number, octaves: number): number {
  let sum = 0, weight = 0.5, total = 0;
  for (let i = 0; i < octaves; i++) {
    sum += weight * noise(x, y);
    total += weight;
    weight *= 0.5;
    // Turn each octave, or the lattice of the noise shows.
    [x, y] = [1.6 * x + 1.2 * y + 17.3, 1.6 * y - 1.2 * x + 5.1];
  }
  return sum / total;
}

// ---- The sky ----

/** Colours from the horizon up: elevation, towards the sunset, away from it. */
const SKY: readonly (readonly [number, Vec3, Vec3])[] = [
  [0, [1.25, 0.4, 0.1], [0.3, 0.15, 0.19]],
  [0.035, [1, 0.33, 0.11], [0.28, 0.15, 0.2]],
  [0.09, [0.56, 0.24, 0.17], [0.19, 0.125, 0.2]],
  [0.17, [0.22, 0.15, 0.21], [0.1, 0.092, 0.18]],
  [0.28, [0.07, 0.08, 0.165], [0.044, 0.056, 0.125]],
  [0.46, [0.02, 0.034, 0.088], [0.016, 0.028, 0.075]],
  [1.6, [0.006, 0.013, 0.04], [0.006, 0.013, 0.04]],
];

function clearSky(azimuth: number, elevation: number): Vec3 {
  const away = azimuth - SUNSET;
  const warmth = Math.exp(-away * away * 4.5);
  let below = SKY[0]!;
  for (const above of SKY) {
    if (elevation <= above[0]) {
      const t = smoothstep(below[0], above[0], elevation);
      return mix(mix(below[2], above[2], t), mix(below[1], above[1], t), warmth);
    }
    below = above;
  }
  return below[1];
}

function withClouds(sky: Vec3, azimuth: number, elevation: number): Vec3 {
  // Seen from the side a layer of cloud is a stack of streaks, thinner towards the horizon.
  const depth = 1 / (elevation + 0.06);
  const warp = fractalNoise(azimuth * 4, depth * 0.6, 3);
  const density = fractalNoise(azimuth * 5 + depth * 0.25, depth * 1.5 + warp * 1.6, 5);
  const cover = smoothstep(0.44, 0.7, density) * smoothstep(0.015, 0.06, elevation) *
    smoothstep(0.36, 0.2, elevation);
  const away = azimuth - SUNSET;
  const lit = Math.exp(-away * away * 5 - elevation * 6);
  const colour = mix([0.085, 0.07, 0.125], [1.4, 0.34, 0.16], lit);
  return mix(sky, colour, cover * 0.7);
}

function starlight(azimuth: number, elevation: number): number {
  const density = 70;
  const cx = Math.floor(azimuth * density), cy = Math.floor(elevation * density);
  const chance = hash(cx, cy + 9000);
  if (chance > 0.1) return 0;
  const dx = azimuth * density - cx - 0.2 - 0.6 * hash(cx + 77, cy);
  const dy = elevation * density - cy - 0.2 - 0.6 * hash(cx, cy + 77);
  const magnitude = 0.05 + 0.9 * (1 - chance / 0.1) ** 6;
  return magnitude * Math.exp(-(dx * dx + dy * dy) * 420) * smoothstep(0.14, 0.36, elevation);
}

/** Far shores, the farthest first: height, how much of it haze hides, detail, and a seed. */
const RIDGES = [
  { height: 0.075, haze: 0.82, grain: 7, seed: 3 },
  { height: 0.055, haze: 0.64, grain: 9, seed: 11 },
  { height: 0.034, haze: 0.42, grain: 13, seed: 24 },
] as const;

function withRidges(sky: Vec3, azimuth: number, elevation: number): Vec3 {
  if (elevation > 0.09) return sky;
  let colour = sky;
  for (const ridge of RIDGES) {
    const profile = fractalNoise(azimuth * ridge.grain + ridge.seed, ridge.seed, 6);
    // They sink towards the sunset, to leave the light a way out to the open sea.
    const gap = smoothstep(-0.02, -0.36, azimuth - 0.12 * ridge.haze) +
      0.5 * smoothstep(0.1, 0.3, azimuth);
    const crest = ridge.height * gap * (0.15 + 1.1 * profile);
    if (elevation > crest) continue;
    const air = clearSky(azimuth, 0.012);
    const foot = 0.16 * (1 - clamp(elevation / 0.025));
    colour = mix([0.028, 0.034, 0.07], air, clamp(ridge.haze * 0.86 + foot));
  }
  return colour;
}

function skyColour(direction: Vec3): Vec3 {
  const elevation = Math.asin(clamp(direction[1], 0, 1));
  const azimuth = Math.atan2(direction[0], direction[2]);
  let colour = withClouds(clearSky(azimuth, elevation), azimuth, elevation);
  colour = add(colour, [0.9, 0.95, 1.1], starlight(azimuth, elevation));
  return withRidges(colour, azimuth, elevation);
}

// ---- The headland, as a grid of heights ----

function landHeight(x: number, z: number): number {
  const across = (z - 124) / 30;
  const wobble = (fractalNoise(x * 0.05 + 40, z * 0.05, 4) - 0.5) * 30;
  const inland = x - 1 - across * across * 20 + wobble;
  const crags = 1 - Math.abs(fractalNoise(x * 0.09, z * 0.09 + 60, 6) * 2 - 1);
  const rise = smoothstep(-5, 21, inland + (crags - 0.7) * 14) ** 0.8;
  const plateau = 13 + clamp((x - 45) * 0.1, 0, 4) + (crags - 0.8) * 4;
  const skerries = 9 * (crags - 0.8) * smoothstep(-26, -4, inland);
  const rough = fractalNoise(x * 0.3, z * 0.3, 5) - 0.5;
  let height = -2.5 + skerries + (plateau + 2.5) * rise;
  height += rough * (0.8 + 6 * rise * (1 - rise));
  // Level the ground that the buildings stand on.
  for (const site of [TOWER, COTTAGE]) {
    const far = Math.hypot(x - site[0], z - site[2]);
    height += (site[1] - height) * smoothstep(17, 7, far);
  }
  return height;
}

const GRID = Math.round(LAND.size / LAND.cell) + 1;
const heights = Float32Array.from({ length: GRID * GRID }, (_, i) => {
  const column = i % GRID, row = Math.floor(i / GRID);
  return landHeight(LAND.left + column * LAND.cell, LAND.near + row * LAND.cell);
});

function groundAt(x: number, z: number): number {
  const gx = clamp((x - LAND.left) / LAND.cell, 0, GRID - 1.001);
  const gz = clamp((z - LAND.near) / LAND.cell, 0, GRID - 1.001);
  const ix = gx | 0, iz = gz | 0, u = gx - ix, v = gz - iz, i = iz * GRID + ix;
  const near = heights[i]! * (1 - u) + heights[i + 1]! * u;
  const far = heights[i + GRID]! * (1 - u) + heights[i + GRID + 1]! * u;
  return near + (far - near) * v;
}

// ---- The buildings, as distances ----

/** Distance to an upright cone's frustum; `radial` is measured from its axis. */
function frustum(radial: number, y: number, from: number, to: number, r0: number, r1 = r0) {
  const radius = r0 + (r1 - r0) * clamp((y - from) / (to - from));
  const outside = radial - radius, above = Math.max(from - y, y - to);
  if (outside > 0 && above > 0) return Math.hypot(outside, above);
  return Math.max(outside, above);
}

function towerDistance(x: number, y: number, z: number): number {
  const radial = Math.hypot(x - TOWER[0], z - TOWER[2]);
  const h = y - TOWER[1], top = TOWER_HEIGHT;
  return Math.min( // shaft, gallery, parapet, roof, finial; the lamp itself is only light
    frustum(radial, h, -3, top, 3.1, 1.95),
    frustum(radial, h, top - 0.5, top + 0.1, 2.2, 3),
    Math.max(frustum(radial, h, top + 0.1, top + 1.1, 2.95), 2.85 - radial),
    frustum(radial, h, top + 2.9, top + 4.5, 1.75, 0.15),
    frustum(radial, h, top + 4.4, top + 5.6, 0.12, 0.06),
  );
}

function cottageDistance(x: number, y: number, z: number): number {
  const dx = Math.abs(x - COTTAGE[0]), h = y - COTTAGE[1], dz = Math.abs(z - COTTAGE[2]);
  const walls = Math.max(dx - 5, h - 6, dz - 3);
  const roof = (h - 5.8 + dz * 0.9) * 0.74; // a ridge that runs along x
  const chimney = Math.max(Math.abs(dx - 4) - 0.5, dz - 0.5, h - 6.9);
  return Math.min(Math.max(walls, roof), chimney);
}

function solidDistance(x: number, y: number, z: number): number {
  // The factor keeps steps safe above cliffs, where the height is no measure of the distance.
  const ground = (y - groundAt(x, z)) * 0.3;
  return Math.min(ground, towerDistance(x, y, z), cottageDistance(x, y, z));
}

function marchSolids(from: Vec3, direction: Vec3): number {
  // Only within the box that holds the land.
  let enter = 0, leave = Infinity;
  const low = [LAND.left, -1, LAND.near];
  const high = [LAND.left + LAND.size, LAND.top, LAND.near + LAND.size];
  for (const axis of [0, 1, 2] as const) {
    const a = (low[axis]! - from[axis]) / direction[axis];
    const b = (high[axis]! - from[axis]) / direction[axis];
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  for (let t = enter, i = 0; t < leave && i < 300; i++) {
    const p = add(from, direction, t);
    const distance = solidDistance(p[0], p[1], p[2]);
    if (distance < 0.0002 * t) return t;
    t += Math.max(distance, 0.02);
  }
  return Infinity;
}

function solidNormal([x, y, z]: Vec3): Vec3 {
  const e = 0.18, d = solidDistance(x, y, z);
  return normalize([
    solidDistance(x + e, y, z) - d,
    solidDistance(x, y + e, z) - d,
    solidDistance(x, y, z + e) - d,
  ]);
}

/** Tilts a normal by small cracks that the grid is too coarse for. */
function roughen(normal: Vec3, [x, y, z]: Vec3): Vec3 {
  const along = x * 0.9 + z * 0.5, e = 0.1;
  const here = fractalNoise(along, y * 1.5, 4);
  const steep = 1.1 * (1.1 - normal[1]);
  const tiltX = (here - fractalNoise(along + e, y * 1.5, 4)) / e;
  const tiltY = (here - fractalNoise(along, y * 1.5 + e, 4)) / e;
  return normalize([normal[0] + tiltX * steep, normal[1] + tiltY * steep, normal[2]]);
}

function groundPaint([x, y, z]: Vec3, normal: Vec3): Vec3 {
  const mottle = fractalNoise(x * 0.8, z * 0.8 + y * 1.3, 4);
  const strata = noise(x * 0.15, y * 1.4 + z * 0.1);
  const rock = mix([0.07, 0.068, 0.072], [0.205, 0.19, 0.18], 0.6 * mottle + 0.4 * strata);
  const grass = mix([0.045, 0.062, 0.02], [0.14, 0.145, 0.05], mottle);
  const green = smoothstep(0.5, 0.75, normal[1] + (mottle - 0.5) * 0.4) * smoothstep(6, 11, y);
  return mix([0.03, 0.028, 0.03], mix(rock, grass, green), smoothstep(0.3, 2.8, y + mottle));
}

function buildingPaint([x, y, z]: Vec3, isTower: boolean): Vec3 {
  if (isTower) {
    const h = (y - TOWER[1]) / TOWER_HEIGHT;
    const red = (h > 0.36 && h < 0.62) || h > 1.1;
    return red ? [0.5, 0.075, 0.05] : [0.66, 0.64, 0.6];
  }
  const h = y - COTTAGE[1], dz = Math.abs(z - COTTAGE[2]), dx = Math.abs(x - COTTAGE[0]);
  const roof = h + dz * 0.9 > 5.5 && !(dx > 3.5 && dz < 0.5 && h > 5.9);
  return roof ? [0.12, 0.1, 0.11] : [0.56, 0.53, 0.48];
}

function isWindow([x, y, z]: Vec3): boolean {
  const wx = Math.abs(Math.abs(x - COTTAGE[0]) - 2.2), wy = Math.abs(y - COTTAGE[1] - 1.8);
  return z < COTTAGE[2] - 2.9 && wx < 0.55 && wy < 0.7;
}

function shadeSolid(p: Vec3, distance: number): Vec3 {
  const smooth = solidNormal(p);
  const tower = towerDistance(p[0], p[1], p[2]) < 0.15;
  const ground = !tower && cottageDistance(p[0], p[1], p[2]) > 0.15;
  if (!ground && isWindow(p)) return [1.5, 0.68, 0.16];
  const paint = ground ? groundPaint(p, smooth) : buildingPaint(p, tower);
  const normal = ground ? roughen(smooth, p) : smooth;
  const [ox, oy, oz] = add(p, normal, 2); // a little off the surface: is there room, or a cleft?
  const open = clamp(0.25 + solidDistance(ox, oy + 0.6, oz) * 0.85, 0.2, 1);
  const warm = clamp(dot(normal, WARMTH) * 0.95 + 0.05) ** 1.2 * 1.3;
  const cool = (0.6 + 0.4 * normal[1] - 0.28 * normal[0]) * open;
  const light = add(scale([0.125, 0.155, 0.26], cool), [1.2, 0.5, 0.25], warm * open);
  const air = clearSky(Math.atan2(p[0], p[2]), 0.03);
  return mix(times(paint, light), air, 1 - Math.exp(-distance / 1800));
}

// ---- The boat, cut from paper and stood up facing the camera ----

function hitBoat(from: Vec3, direction: Vec3): { distance: number; colour: Vec3 } | null {
  const distance = (BOAT[2] - from[2]) / direction[2];
  if (distance <= 0) return null;
  const y = from[1] + direction[1] * distance - 0.15;
  const x = from[0] + direction[0] * distance - BOAT[0] - y * 0.05;
  if (Math.abs(x) > 5 || y < -0.5 || y > 10) return null;
  const hull = y < 0.85 + 0.03 * x * x && Math.abs(x + 0.1) < 2.7 + y * 0.55;
  const mast = Math.abs(x) < 0.06 && y < 9;
  if (hull || mast) return { distance, colour: [0.02, 0.017, 0.022] };
  const up = (y - 1.6) / 7.1;
  const mainsail = up > 0 && up < 1 && x > 0.06 && x < 2.9 * (1 - up) ** 0.85;
  const rise = (y - 1.3) / 6.4;
  const jib = rise > 0 && rise < 1 && x < -0.2 - 0.25 * Math.sin(rise * Math.PI) * (1 - rise) &&
    x > -2.9 * (1 - rise);
  if (!mainsail && !jib) return null;
  const shade = (mainsail ? 0.75 : 1.05) + 0.1 * x; // cloth lets the sunset through
  return { distance, colour: scale([0.34, 0.075, 0.04], shade) };
}

// ---- The lamp ----

/** Light that the beam and the glare around the lamp add to a ray of the given length. */
function lampGlow(from: Vec3, direction: Vec3, length: number): Vec3 {
  const toLamp = add(LAMP, from, -1);
  const nearest = dot(toLamp, direction);
  let glow = 0;
  if (nearest > 0) {
    const miss2 = Math.max(dot(toLamp, toLamp) - nearest * nearest, 0);
    glow = 5 * Math.exp(-miss2 / 0.9) + 0.55 / (1 + miss2 * 0.5) + 0.12 * Math.exp(-miss2 / 130);
    glow *= smoothstep(nearest - 12, nearest, length + 1); // rock in front of the lamp hides it
  }
  for (const side of [1, -1]) {
    // Where the ray and the beam's axis pass each other: t along the ray, s along the beam.
    const along = dot(direction, BEAM) * side, spread = 1 - along * along;
    const s = (along * nearest - dot(toLamp, BEAM) * side) / spread;
    const t = nearest + s * along;
    if (s <= 0 || t <= 0 || t > length) continue;
    const gap = add(add(from, direction, t), add(LAMP, BEAM, s * side), -1);
    const width = 0.55 + s * 0.034;
    const fade = Math.exp(-s / 60) * smoothstep(0, 4, s);
    glow += 0.3 * fade * Math.exp(-dot(gap, gap) / (width * width)) / Math.sqrt(spread);
  }
  return scale(LAMPLIGHT, glow);
}

// ---- The sea ----

/** Slopes of the waves at a point; ripples too small for the pixel's footprint are left out. */
function waveSlope(x: number, z: number, footprint: number): readonly [number, number] {
  let sx = 0, sz = 0, pitch = 0.12, height = 0.2;
  for (let i = 0; i < 6; i++) {
    const seen = height * pitch / (1 + (footprint * pitch * 1.3) ** 2);
    const px = x * pitch * 0.55 + i * 7.7, pz = z * pitch + i * 3.1, e = 0.08;
    const here = noise(px, pz);
    sx += 0.55 * seen * (noise(px + e, pz) - here) / e;
    sz += seen * (noise(px, pz + e) - here) / e;
    pitch *= 2.05;
    height *= 0.5;
  }
  return [sx, sz];
}

function seaColour(from: Vec3, direction: Vec3, distance: number, spread: number): Vec3 {
  const p = add(from, direction, distance);
  const footprint = distance * distance / (from[1] * FOCAL * 400);
  const [sx, sz] = waveSlope(p[0], p[2], footprint);
  // Waves lost to the footprint still smear reflections upright; `spread` samples that smear.
  const smear = spread * 0.035 * smoothstep(0, 0.6, footprint);
  const normal = normalize([-sx, 1, -sz + smear]);
  const facing = Math.max(-dot(direction, normal), 0.01);
  const [bx, by, bz] = add(direction, normal, 2 * facing);
  const reflected = aboveWater(p, normalize([bx, Math.abs(by) + 0.002, bz]));
  const fresnel = 0.02 + 0.98 * (1 - facing) ** 5;
  return mix([0.008, 0.022, 0.036], reflected, fresnel * 0.82);
}

// ---- Rays, pixels, the picture ----

function aboveWater(from: Vec3, direction: Vec3): Vec3 {
  let distance = marchSolids(from, direction);
  let colour = distance < Infinity
    ? shadeSolid(add(from, direction, distance), distance)
    : skyColour(direction);
  const boat = hitBoat(from, direction);
  if (boat && boat.distance < distance) ({ distance, colour } = boat);
  return add(colour, lampGlow(from, direction, distance));
}

function rayColour(direction: Vec3, spread: number): Vec3 {
  if (direction[1] >= 0) return aboveWater(EYE, direction);
  const toSea = -EYE[1] / direction[1];
  const toBoat = hitBoat(EYE, direction)?.distance ?? Infinity;
  if (Math.min(marchSolids(EYE, direction), toBoat) < toSea) return aboveWater(EYE, direction);
  return add(seaColour(EYE, direction, toSea, spread), lampGlow(EYE, direction, toSea));
}

type Size = { width: number; height: number };
type Point = readonly [u: number, v: number];

/** Where a point of the picture lies in the frame: v from -1 (bottom) to 1 (top), u to the right. */
function framePoint(x: number, y: number, { width, height }: Size): Point {
  return [(2 * x - width) / height, 1 - 2 * y / height];
}

/** Linear light to display bytes: vignette, a filmic curve, sRGB, and grain that hides banding. */
function develop(light: Vec3, [u, v]: Point, grain: number): number[] {
  const exposure = 1.25 * (1 - 0.1 * (u * u * 0.6 + v * v));
  return light.map((value) => {
    const x = value * exposure;
    const film = clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14));
    const srgb = film < 0.0031308 ? 12.92 * film : 1.055 * film ** (1 / 2.4) - 0.055;
    return clamp(Math.round(srgb * 255 + grain), 0, 255);
  });
}

/** The light of one pixel: the mean of samples spread over it, one in each cell of a small grid. */
function pixelLight(column: number, row: number, size: Size, samples: number): Vec3 {
  const count = samples * samples;
  let light: Vec3 = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const x = column + (i % samples + hash(column * 31 + i, row)) / samples;
    const y = row + (Math.floor(i / samples) + hash(column, row * 31 + i)) / samples;
    const [u, v] = framePoint(x, y, size);
    // Samples take turns through the smear, in an order unrelated to their place in the pixel.
    const spread = 2 * (i * 7 % count + 0.25 + 0.5 * hash(row + i, column)) / count - 1;
    const [r, g, b] = rayColour(normalize([u, v - HORIZON, FOCAL]), spread);
    // A cap, lest one bright sample leave a jagged edge.
    light = add(light, [Math.min(r, 4), Math.min(g, 4), Math.min(b, 4)], 1 / count);
  }
  return light;
}

/** The whole picture as a PPM file. */
function render(size: Size, samples: number): Uint8Array {
  const { width, height } = size;
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const file = new Uint8Array(header.length + width * height * 3);
  file.set(header);
  for (let i = 0; i < width * height; i++) {
    const column = i % width, row = Math.floor(i / width);
    const light = pixelLight(column, row, size, samples);
    const grain = (hash(column, row + 4000) + hash(column + 4000, row) - 1) * 1.2;
    file.set(develop(light, framePoint(column, row, size), grain), header.length + i * 3);
  }
  return file;
}

if (import.meta.main) {
  const [path = "/dev/stdout", width = 1200, samples = 4] = Deno.args;
  const size = { width: Number(width), height: Math.round(Number(width) * 2 / 3) };
  Deno.writeFileSync(path, render(size, Number(samples)));
}
