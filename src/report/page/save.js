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

  /** The figure in its light colours, without variables, styles or scripts; tips become titles again. */
  amsel.svgText = (svg, title, caption) => {
    const copy = svg.cloneNode(true);
    const stage = h('div', { class: 'light', style: 'position:absolute;left:-10000px;top:0;color:var(--soft)', 'aria-hidden': 'true' }, copy);
    document.body.append(stage);
    const family = getComputedStyle(document.body).fontFamily;
    for (const element of copy.querySelectorAll('*')) {
      if (element.tagName === 'style' || element.tagName === 'title') continue;
      const computed = getComputedStyle(element);
      paint(element, computed, 'fill');
      paint(element, computed, 'stroke');
      if (element.tagName === 'text') element.setAttribute('font-size', computed.fontSize);
      if (element.dataset.tip) element.append(amsel.s('title', {}, element.dataset.tip));
      for (const name of ['data-tip', 'tabindex', 'role', 'aria-label', 'class']) element.removeAttribute(name);
    }
    for (const style of copy.querySelectorAll('style')) style.remove();
    const ground = plainColour(getComputedStyle(stage).getPropertyValue('--card')).hex;
    stage.remove();
    const [, , width, height] = copy.getAttribute('viewBox').split(' ');
    for (const name of [...copy.getAttributeNames()]) if (name !== 'viewBox') copy.removeAttribute(name);
    const attributes = { xmlns: 'http://www.w3.org/2000/svg', width, height, 'font-family': family, 'font-size': '12px', role: 'img' };
    for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value);
    copy.prepend(amsel.s('title', {}, title), amsel.s('desc', {}, caption), amsel.s('rect', { width, height, fill: ground }));
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
  };
  amsel.saveSvg = (figure, svg) => download(`${figure.id}.svg`, 'image/svg+xml', amsel.svgText(svg, figure.title, figure.caption || ''));

  const cell = (value) => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  amsel.csvText = ({ columns, rows }) => [columns.map((column) => column.name), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  amsel.saveCsv = (figure) => download(`${figure.id}.csv`, 'text/csv', amsel.csvText(figure.table));
})();
