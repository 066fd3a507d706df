// Draws every part of DiceBear's pixel-art faces in every colour, 16x16 RGBA each, into
// one atlas, and a sheet of whole faces as the library draws them, to compare with.
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { createAvatar } from '@dicebear/core';
import * as style from '@dicebear/pixel-art';
import * as components from './node_modules/@dicebear/pixel-art/lib/components/index.js';
import { Resvg } from '@resvg/resvg-js';

const size = 16;
const columns = 32;
const background = 'b6e3f4';
const faces = 256; // on the sheet
const out = new URL('../../internal/dataset/faces/', import.meta.url);

const options = style.schema.properties;

// The library's order of drawing; beards are left out, too few pixels tell them apart.
const order = ['skin', 'accessories', 'clothing', 'eyes', 'glasses', 'mouth', 'hair', 'hat'];

/** render returns the 16x16 RGBA pixels of an SVG, colours not multiplied by opacity. */
function render(svg) {
  const drawn = new Resvg(svg, { fitTo: { mode: 'original' } }).render();
  if (drawn.width !== size || drawn.height !== size) throw new Error(`found ${drawn.width}x${drawn.height} pixels, want ${size}x${size}`);
  const pixels = Buffer.from(drawn.pixels); // multiplied by opacity; dividing and rounding loses nothing
  for (let i = 0; i < pixels.length; i += 4) {
    const opacity = pixels[i + 3];
    for (let c = 0; c < 3 && opacity > 0; c++) pixels[i + c] = Math.round((255 * pixels[i + c]) / opacity);
  }
  return pixels;
}

/** layer draws the body of an SVG as the library frames it, without a background. */
function layer(body) {
  return render(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" fill="none" shape-rendering="crispEdges">${body}</svg>`);
}

/** skin draws the head alone: what the library draws where no component is chosen. */
function skin(colour) {
  const none = Object.fromEntries(Object.keys(components).map((group) => [group, []]));
  return render(createAvatar(style, { ...none, skinColor: [colour] }).toString());
}

/**
 * split cuts the body of a part into layers, so that no pixel of a layer is half transparent
 * twice: what is drawn over is rounded after each.
 */
function split(body) {
  const elements = body.match(/<path[^>]*\/>|<g[^]*?<\/g>/g);
  if (elements.join('') !== body) throw new Error(`found an element that is neither a path nor a group: ${body}`);
  const half = (pixels, i) => pixels[i] > 0 && pixels[i] < 255;
  const bodies = [''];
  for (const element of elements) {
    const [below, above] = [layer(bodies.at(-1)), layer(element)];
    if (below.some((_, i) => i % 4 === 3 && half(below, i) && half(above, i))) bodies.push('');
    bodies[bodies.length - 1] += element;
  }
  return bodies;
}

/** layersOf draws the parts of a group: part after part, colour after colour, `depth` layers each. */
function layersOf(group) {
  const colours = options[`${group}Color`].default;
  if (group === 'skin') return { parts: ['skin'], colours, depth: 1, layers: colours.map(skin) };
  const parts = [...options[group].default].sort();
  const drawn = parts.flatMap((part) => colours.map((colour) => {
    const every = Object.fromEntries(order.map((name) => [name, `#${colour}`]));
    return split(components[group][part]({}, every));
  }));
  const depth = Math.max(...drawn.map((bodies) => bodies.length));
  return { parts, colours, depth, layers: drawn.flatMap((bodies) => Array.from({ length: depth }, (_, d) => layer(bodies[d] ?? ''))) };
}

/** sheet lays tiles out in rows and returns a PNG. */
function sheet(tiles) {
  const rows = Math.ceil(tiles.length / columns);
  const stride = columns * size * 4;
  const pixels = Buffer.alloc(rows * size * stride);
  tiles.forEach((tile, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    for (let y = 0; y < size; y++) {
      pixels.set(tile.subarray(y * size * 4, (y + 1) * size * 4), (row * size + y) * stride + column * size * 4);
    }
  });
  return png(columns * size, rows * size, pixels);
}

/** png encodes RGBA pixels. */
function png(width, height, pixels) {
  const stride = width * 4;
  const lines = Buffer.alloc(height * (stride + 1)); // each line begins with filter 0, none
  for (let y = 0; y < height; y++) pixels.copy(lines, y * (stride + 1) + 1, y * stride, (y + 1) * stride);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

const index = { size, columns, background, groups: [] };
const tiles = [];
for (const name of order) {
  const { parts, colours, depth, layers } = layersOf(name);
  index.groups.push({ name, parts, colours, depth });
  tiles.push(...layers);
}
writeFileSync(new URL('atlas.png', out), sheet(tiles));
writeFileSync(new URL('atlas.json', out), JSON.stringify(index, null, 1) + '\n');

const golden = { tiles: [], faces: [] };
for (let i = 0; i < faces; i++) {
  const avatar = createAvatar(style, {
    seed: `face ${i}`, backgroundColor: [background],
    beardProbability: 0, hatProbability: 50, glassesProbability: 50, accessoriesProbability: 50,
  });
  const extra = avatar.toJson().extra;
  golden.tiles.push(render(avatar.toString()));
  golden.faces.push(order.map((name) => [name === 'skin' ? 'skin' : extra[name] ?? '', extra[`${name}Color`].slice(1)]));
}
writeFileSync(new URL('testdata/faces.png', out), sheet(golden.tiles));
writeFileSync(new URL('testdata/faces.json', out), '[\n' + golden.faces.map((face) => JSON.stringify(face)).join(',\n') + '\n]\n');
console.log(`${tiles.length} layers, ${faces} faces`);
