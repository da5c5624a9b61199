'use strict';
// Elements, numbers and texts. Whatever comes from the report gets into the page as text or as an attribute, never as markup.
const amsel = {};
(() => {
  /** An element: attributes as given, `on…` as listeners, children as nodes or text. */
  amsel.h = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  amsel.s = (tag, attributes = {}, ...children) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const minus = (text) => text.replace('-', '−');
  const trimmed = (value, digits) => minus(String(Number(value.toPrecision(digits))));
  const milliseconds = (value) => {
    const size = Math.abs(value);
    return minus(value.toFixed(size < 0.1 ? 4 : size < 1 ? 3 : size < 100 ? 2 : 0));
  };
  const formats = {
    number: (value) => (Math.abs(value) >= 1e6 ? minus(value.toExponential(2)) : trimmed(value, 4)),
    integer: (value) => minus(Math.round(value).toLocaleString('en')),
    percent: (value) => `${minus((100 * value).toFixed(2))}\u00a0%`,
    points: (value) => `${value > 0 ? '+' : ''}${minus(value.toFixed(2))}`,
    ms: milliseconds,
    ratio: (value) => `${minus(value.toFixed(2))}×`,
  };

  /** A cell or a number of a tip, in the words of its format. */
  amsel.format = (value, format) => {
    if (value === null || value === undefined) return '–';
    return typeof value === 'number' ? (formats[format] || formats.number)(value) : String(value);
  };

  /** A number on an axis, as short as can be. */
  amsel.tick = (format) => (value) => {
    if (format === 'percent') return `${trimmed(100 * value, 4)}\u00a0%`;
    if (format === 'ratio') return `${trimmed(value, 4)}×`;
    return format === 'integer' ? formats.integer(value) : trimmed(value, 4);
  };

  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  amsel.textWidth = (text, size = 12, weight = 400) => {
    canvas.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    return canvas.measureText(text).width;
  };
  amsel.shorten = (text, width, size = 12) => {
    if (amsel.textWidth(text, size) <= width) return text;
    const letters = [...text];
    while (letters.length > 1 && amsel.textWidth(`${letters.join('')}…`, size) > width) letters.pop();
    return `${letters.join('')}…`;
  };
  /** Any colour that CSS knows, as #rrggbb and an opacity, for programs that know less. */
  amsel.plainColour = (colour) => {
    canvas.canvas.width = canvas.canvas.height = 1;
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { hex: `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`, opacity: alpha / 255 };
  };
  amsel.say = (text) => { document.getElementById('status').textContent = text; };
})();
