// Saving: a figure as an SVG file that stands alone, a table as CSV.
(() => {
  const { h, plainColour } = amsel;

  const download = (name, type, text) => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = h('a', { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
    amsel.say(`Saved ${name}`);
  };

  const paint = (element, computed, property) => {
    const value = computed[property];
    if (!value || value === 'none' || value.startsWith('url(')) return element.setAttribute(property, value.replace(/url\(["']?[^#]*#([^"')]+)["']?\)/, 'url(#$1)') || 'none');
    const { hex, opacity } = plainColour(value);
    element.setAttribute(property, hex);
    if (opacity < 1) element.setAttribute(`${property}-opacity`, (opacity * Number(computed[`${property}Opacity`] || 1)).toFixed(3));
  };

  const line = 22;
  /** The legend as a part of the drawing, above it, as wide as that is: [node, height]. */
  const drawnLegend = ({ entries, area }, width) => {
    const group = amsel.s('g');
    let x = 8, row = 0;
    for (const entry of entries) {
      const wide = 30 + amsel.textWidth(entry.name, 12);
      if (x + wide > width && x > 8) { x = 8; row += 1; }
      const item = amsel.s('g', { transform: `translate(${x + 7},${row * line + line / 2 + 4})` }, amsel.swatch(entry.style, area),
        amsel.s('text', { x: 13, y: '0.32em', 'text-anchor': 'start', fill: 'var(--ink)', style: 'font-size:12px' }, entry.name));
      group.append(item);
      x += wide;
    }
    return [group, entries.length ? (row + 1) * line + 12 : 0];
  };

  /** The figure with its legend {entries, area} in its light colours, without variables, styles or scripts; tips become titles again. */
  amsel.svgText = (svg, title, caption, legend) => {
    const copy = svg.cloneNode(true);
    const [, , width, tall] = copy.getAttribute('viewBox').split(' ').map(Number);
    const [key, above] = drawnLegend(legend, width);
    copy.prepend(key);
    const stage = h('div', { class: 'light', style: 'position:absolute;left:-10000px;top:0;color:var(--soft)', 'aria-hidden': 'true' }, copy);
    document.body.append(stage);
    const family = getComputedStyle(document.body).fontFamily;
    for (const element of copy.querySelectorAll('*')) {
      if (element.tagName === 'style' || element.tagName === 'title') continue;
      const computed = getComputedStyle(element);
      paint(element, computed, 'fill');
      paint(element, computed, 'stroke');
      if (element.tagName === 'text') {
        const font = { 'font-size': computed.fontSize, 'font-weight': computed.fontWeight, 'font-style': computed.fontStyle, 'text-anchor': computed.textAnchor };
        for (const [name, value] of Object.entries(font)) element.setAttribute(name, value);
      }
      if (element.dataset.tip) element.append(amsel.s('title', {}, element.dataset.tip));
      for (const name of ['data-tip', 'data-part', 'tabindex', 'role', 'aria-label', 'class', 'style']) element.removeAttribute(name);
    }
    for (const style of copy.querySelectorAll('style')) style.remove();
    const ground = plainColour(getComputedStyle(stage).getPropertyValue('--card')).hex;
    stage.remove();
    key.setAttribute('transform', `translate(0,${-above})`);
    const height = tall + above;
    for (const name of copy.getAttributeNames()) copy.removeAttribute(name);
    const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 ${-above} ${width} ${height}`, width, height, 'font-family': family, 'font-size': '12px', role: 'img' };
    for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value);
    copy.prepend(amsel.s('title', {}, title), amsel.s('desc', {}, caption), amsel.s('rect', { y: -above, width, height, fill: ground }));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
  };
  amsel.saveSvg = (figure, svg, legend) => download(`${figure.id}.svg`, 'image/svg+xml',
    amsel.svgText(svg, figure.title, figure.caption || '', legend));

  /** Spreadsheets compute text that begins so, and not what an apostrophe stands before. */
  const asText = (value) => (/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
  const cell = (value) => {
    const text = value === null ? '' : typeof value === 'string' ? asText(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  amsel.csvText = ({ columns, rows }) => [columns.map((column) => column.name), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  amsel.saveCsv = (figure) => download(`${figure.id}.csv`, 'text/csv', amsel.csvText(figure.table));
})();
