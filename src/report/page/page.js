// The page itself: header, headline, and a card for each figure.
(() => {
  const { h, s } = amsel;
  const report = JSON.parse(document.getElementById('report').textContent);
  const main = document.getElementById('main');

  const gauge = ({ low, value, high, reference, from, to, end, meaning }) => {
    const span = to - from || 1;
    const at = (number) => 4 + 192 * (number - from) / span;
    const line = (name, a, b) => s('line', { class: name, x1: at(a), x2: at(b), y1: 13, y2: 13 });
    const stop = (number) => s('line', { class: 'tick', x1: at(number), x2: at(number), y1: 6, y2: 20 });
    const drawing = s('svg', { class: 'gauge', viewBox: '0 0 200 26', preserveAspectRatio: 'none', role: 'img', 'aria-label': `A scale: ${meaning}` },
      line('track', from, to), line('reach', Math.min(reference, value), Math.max(reference, value)), stop(reference), stop(end),
      line('interval', low, high), s('circle', { class: 'mean', cx: at(value), cy: 13, r: 6 }));
    drawing.removeAttribute('preserveAspectRatio');
    return drawing;
  };
  const headline = () => report.headline && [
    h('dl', { class: 'tiles' }, ...report.headline.tiles.map((tile) => h('div', { class: 'tile' }, h('dt', {}, tile.label),
      h('dd', {}, h('div', { class: 'value' }, tile.value, tile.unit ? h('span', { class: 'unit' }, ` ${tile.unit}`) : null), tile.gauge ? gauge(tile.gauge) : null, h('div', { class: 'note' }, tile.note))))),
    h('div', { class: 'sentences' }, ...report.headline.sentences.map((sentence) => h('p', {}, sentence)))];

  const narrowBelow = 560;
  const button = (text, label, action) => h('button', { type: 'button', class: 'tool', 'aria-label': label, onclick: action }, text);

  /** Draws a figure into `plot`, again when its width or a switch changes. */
  const drawing = (figure, kind, plot, outside) => {
    const { data } = figure;
    const axis = data.x || data.value || {};
    const view = { hidden: new Set(), log: axis.scale === 'log', focus: Boolean(data.focus), width: 0 };
    const draw = () => {
      if (!view.width) return;
      view.narrow = view.width < narrowBelow;
      view.outside = 0;
      let node;
      try {
        node = figure.table.rows.length ? kind.draw(figure, view) : h('p', { class: 'outside' }, 'There is nothing to draw.');
      } catch (fault) {  // one figure that cannot be drawn must not take the page with it
        console.error(fault);
        node = h('p', { class: 'outside' }, 'This figure could not be drawn; its table has all numbers.');
      }
      plot.replaceChildren(node);
      if (node.tagName.toLowerCase() === 'svg') amsel.wire(node, figure.title, kind.leftToRight);
      outside.textContent = view.outside ? `${view.outside} more ${view.outside === 1 ? 'point lies' : 'points lie'} outside this view.` : '';
    };
    const measure = () => {
      const width = Math.floor(plot.clientWidth);
      if (width === view.width || !width) return;
      view.width = width;
      draw();
    };
    new ResizeObserver(() => requestAnimationFrame(measure)).observe(plot);
    return { view, draw, measure };
  };

  const switches = (figure, kind, state) => {
    const tools = [];
    const wanted = kind.switches || [];
    const toggle = (key, texts) => {
      const chip = h('button', { type: 'button', class: 'tool', onclick: () => {
        state.view[key] = !state.view[key];
        chip.textContent = texts[Number(state.view[key])];
        state.draw();
        amsel.say(`${figure.title}: ${chip.textContent} is what the button does next`);
      } }, texts[Number(state.view[key])]);
      tools.push(chip);
    };
    const numbers = () => figure.data.points?.map((point) => point.x)
      || figure.data.series.flatMap((series) => series.values || series.points.map((point) => point[0]));
    if (wanted.includes('log') && numbers().every((number) => number === null || number > 0)) toggle('log', ['Logarithmic axis', 'Linear axis']);
    if (wanted.includes('focus') && figure.data.focus) toggle('focus', ['Near the policies', 'All points']);
    return tools;
  };

  const card = (figure) => {
    const kind = amsel.kinds[figure.kind];
    const caption = h('p', { class: 'caption', id: `${figure.id}-caption` }, figure.caption || '');
    const tools = h('div', { class: 'tools' });
    const csv = () => button('Save CSV', `Save the table of “${figure.title}” as CSV`, () => amsel.saveCsv(figure));
    const parts = [h('div', { class: 'figure-head' }, h('h3', { id: `${figure.id}-title` }, figure.title), tools), caption];
    const whole = h('article', { class: 'figure', id: figure.id, 'data-kind': figure.kind, 'aria-labelledby': `${figure.id}-title` });
    if (!kind) {
      tools.append(csv());
      whole.append(...parts, ...amsel.table(figure.table, figure.title));
      return { whole, start() {} };
    }
    const plot = h('div', { class: 'plot', 'aria-describedby': `${figure.id}-caption` });
    amsel.watch(plot);
    const outside = h('p', { class: 'outside', role: 'status' });
    const state = drawing(figure, kind, plot, outside);
    const entries = kind.legend(figure.data);
    tools.append(...switches(figure, kind, state));
    const legend = () => ({ entries: entries.length > 1 ? entries.filter((entry) => !state.view.hidden.has(entry.name)) : [], area: kind.area });
    if (!kind.still) tools.append(button('Save SVG', `Save “${figure.title}” as SVG`, () => {
      const svg = plot.querySelector('svg');
      if (svg) amsel.saveSvg(figure, svg, legend()); else amsel.say('There is no drawing to save.');
    }));
    if (entries.length > 1) parts.push(amsel.legend(entries, state.view.hidden, state.draw, kind.area));
    whole.append(...parts, plot, outside, h('details', {}, h('summary', {}, 'The same as a table'), h('div', { class: 'table-tools' }, csv()),
      ...amsel.table(figure.table, figure.title)));
    return { whole, start: state.measure };
  };

  const start = () => {
    document.getElementById('title').textContent = report.title;
    const fact = (name) => report.facts.find((entry) => entry.name === name)?.value;
    document.getElementById('lead').textContent = [`${Number(fact('images')).toLocaleString('en')} ${fact('images') === '1' ? 'image' : 'images'}`, fact('folds') && `${fact('folds')}-fold cross-validation`,
      fact('latency') && `latency ${fact('latency')}`, fact('device')].filter(Boolean).join(' · ');
    const cards = [];
    for (const section of report.sections) {
      const part = h('section', { id: section.id, 'aria-labelledby': `${section.id}-heading` }, h('h2', { id: `${section.id}-heading` }, section.title));
      if (section.text) part.append(h('p', { class: 'section-text' }, section.text));
      if (section.id === 'headline') part.append(...headline());
      const own = (section.figures || []).map(card);
      part.append(...own.map((one) => one.whole));
      cards.push(...own);
      main.append(part);
      document.getElementById('contents').append(h('li', {}, h('a', { href: `#${section.id}` }, section.title)));
    }
    const facts = document.getElementById('facts');
    facts.querySelector('dl').append(...report.facts.flatMap(({ name, value }) => [h('dt', {}, name), h('dd', {}, value)]));
    facts.hidden = false;
    for (const one of cards) one.start();
    document.documentElement.dataset.ready = 'true';
  };
  start();
})();
