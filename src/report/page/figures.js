// The kinds of figures but the scatter: for each, what its legend names and how it is drawn in a given width.
(() => {
  const { h, format, tick, style, dotStyle, areaFill, shorten, textWidth } = amsel;
  const kinds = amsel.kinds = {};
  const font = { fontFamily: 'inherit', fontSize: '12px', color: 'var(--soft)', background: 'none', overflow: 'visible' };
  const grid = { stroke: 'var(--grid)', strokeOpacity: 1 };

  /** Plot.plot with our looks. */
  amsel.plot = (options) => Plot.plot({ ...options, style: font, marks: options.marks.flat(Infinity).filter(Boolean) });
  /** Lines of a grid where the ticks are. */
  amsel.grids = (xTicks, yTicks) => [Plot.gridX({ ...grid, ticks: xTicks }), Plot.gridY({ ...grid, ticks: yTicks })];
  amsel.scaleOf = (axis, values, log) => {
    const positive = values.every((value) => value > 0);
    const scale = { label: axis.label, tickFormat: tick(axis.format), type: log && positive ? 'log' : 'linear', labelArrow: 'none', tickSize: 0 };
    if (Number.isFinite(axis.from) && Number.isFinite(axis.to)) scale.domain = [axis.from, axis.to];
    return scale;
  };
  const interval = (pair, form) => (pair ? `95\u00a0% interval ${format(pair[0], form)} to ${format(pair[1], form)}` : null);
  const lines = (...parts) => parts.filter(Boolean).join('\n');
  amsel.tipText = { interval, lines };

  const named = (data) => data.series.map((series, i) => ({ name: series.name, style: style(i), series, i }));
  const visible = (data, view) => named(data).filter((entry) => !view.hidden.has(entry.name));

  // ---- Rows of bars and dots: a line a category, its name before it or, where there is little room, above it.
  const rowsLayout = (data, view, height) => {
    const longest = Math.max(0, ...data.categories.map((name) => textWidth(name)));
    const left = view.narrow ? 4 : Math.min(longest + 14, view.width * 0.34);
    const step = view.narrow ? height + 18 : height;
    const room = view.narrow ? view.width - 8 : left - 14;
    const names = Plot.text(data.categories, { y: (_, i) => i, text: (name) => shorten(name, room), frameAnchor: 'left', fill: 'var(--ink)',
      textAnchor: view.narrow ? 'start' : 'end', dx: view.narrow ? 0 : -10, dy: view.narrow ? 9 - step / 2 : 0 });
    return { left, names, height: data.categories.length * step + 60, y: { axis: null, domain: [data.categories.length - 0.5, -0.5] },
      half: (view.narrow ? height / step : 1) / 2, shift: view.narrow ? 9 / step : 0 };
  };
  const valueAxis = (data, view) => [Plot.axisX({ anchor: 'top', label: data.value.label, labelArrow: 'none', labelAnchor: 'right',
    tickFormat: tick(data.value.format), tickSize: 0, ticks: view.narrow ? 4 : 8, labelOffset: 34 }), Plot.gridX({ ...grid, ticks: view.narrow ? 4 : 8 })];
  const rowsPlot = (data, view, layout, x, marks) => amsel.plot({ width: view.width, height: layout.height, marginLeft: layout.left, marginTop: 42,
    marginRight: view.narrow ? 14 : 24, marginBottom: 14, x, y: layout.y, marks: [valueAxis(data, view), ...marks, layout.names] });
  const cellTip = (data, row, entry) => lines(data.categories[row], `${entry.name}: ${format(entry.series.values[row], data.value.format)}`,
    entry.series.ci95 && interval(entry.series.ci95[row], data.value.format));

  kinds.dots = { legend: named, switches: ['log'], draw({ data }, view) {
    const entries = visible(data, view);
    const all = named(data).flatMap(({ series }) => [...series.values, ...(series.ci95 || []).flat()]).filter(Number.isFinite);
    const layout = rowsLayout(data, view, 26);
    const ranges = data.categories.map((_, row) => d3.extent(entries.map((entry) => entry.series.values[row]).filter(Number.isFinite)));
    const scale = amsel.scaleOf(data.value, all, view.log);
    const domain = scale.domain || (scale.type === 'log' ? [d3.min(all) / 1.1, d3.max(all) * 1.1] : [Math.min(0, d3.min(all)), d3.max(all) * 1.02]);
    const at = (_, row) => row + layout.shift;
    return rowsPlot(data, view, layout, { ...scale, domain }, [
      Plot.ruleY(ranges, { x1: (range) => range[0], x2: (range) => range[1], y: at, stroke: 'var(--line)', strokeWidth: 3, strokeLinecap: 'round' }),
      ...entries.map((entry) => entry.series.ci95 && Plot.ruleY(entry.series.ci95, { filter: (pair) => pair, x1: (pair) => pair?.[0],
        x2: (pair) => pair?.[1], y: at, stroke: entry.style.colour, strokeWidth: 1.5 })),
      ...[...entries].reverse().map((entry) => Plot.dot(entry.series.values, { filter: Number.isFinite, x: (value) => value, y: at,
        ...dotStyle(entry.style, 5), title: (_, row) => cellTip(data, row, entry) })),
    ]);
  } };

  kinds.bars = { legend: named, area: true, draw({ data }, view) {
    const entries = visible(data, view);
    const ends = named(data).flatMap(({ series }) => [...series.values, ...(series.ci95 || []).flat()]).filter(Number.isFinite);
    const layout = rowsLayout(data, view, Math.max(26, 15 * entries.length + 8));
    const thick = 2 * layout.half * 0.8 / Math.max(1, entries.length);
    const top = (k, row) => row + layout.shift - thick * entries.length / 2 + k * thick;
    const scale = { ...amsel.scaleOf(data.value, ends, false) };
    return rowsPlot(data, view, layout, { ...scale, domain: scale.domain || [Math.min(0, d3.min(ends)), Math.max(0, d3.max(ends))], nice: true }, [
      ...entries.map((entry, k) => {
        const { fill, mark } = areaFill(entry.style);
        return [mark, Plot.rect(entry.series.values, { filter: Number.isFinite, x1: 0, x2: (value) => value, y1: (_, row) => top(k, row),
          y2: (_, row) => top(k, row) + thick, fill, insetTop: 0.5, insetBottom: 0.5, rx: 2, title: (_, row) => cellTip(data, row, entry) })];
      }),
      ...entries.map((entry, k) => entry.series.ci95 && Plot.ruleY(entry.series.ci95, { filter: (pair) => pair, x1: (pair) => pair?.[0],
        x2: (pair) => pair?.[1], y: (_, row) => top(k, row) + thick / 2, stroke: 'var(--ink)', strokeWidth: 1.5 })),
      Plot.ruleX([0], { stroke: 'var(--soft)' }),
    ]);
  } };

  kinds['stacked-bars'] = { legend: named, area: true, draw({ data }, view) {
    const entries = visible(data, view);
    const sums = data.categories.map(() => 0);
    const parts = entries.map((entry) => entry.series.values.map((value, row) => {
      const from = sums[row];
      sums[row] += value || 0;
      return { row, from, to: sums[row], value };
    }).filter((part) => part.value > 0));
    const layout = rowsLayout(data, view, 34);
    const most = Math.max(d3.max(sums) || 0, 1e-9);
    const inner = view.width - layout.left - 38;
    const label = (entry) => (part) => {
      const room = (part.to - part.from) / most * inner - 10, share = tick(data.value.format)(Number(part.value.toPrecision(2)));
      const whole = `${entry.name} ${share}`;
      return textWidth(whole, 11) < room ? whole : textWidth(share, 11) < room ? share : '';
    };
    return rowsPlot(data, view, layout, { ...amsel.scaleOf(data.value, [], false), domain: [0, most] }, [
      ...entries.map((entry, k) => {
        const { fill, mark } = areaFill(entry.style);
        const y = { y1: (part) => part.row + layout.shift - layout.half * 0.8, y2: (part) => part.row + layout.shift + layout.half * 0.8 };
        return [mark, Plot.rect(parts[k], { x1: 'from', x2: 'to', ...y, fill, stroke: 'var(--card)', strokeWidth: 1.5, rx: 3,
          title: (part) => cellTip(data, part.row, entry) }),
        !entry.style.hatched && Plot.text(parts[k], { x: (part) => (part.from + part.to) / 2, y: (part) => part.row + layout.shift, text: label(entry),
          fill: 'var(--on-series)', fontSize: 11, pointerEvents: 'none' })];
      }),
    ]);
  } };

  /** The names at the ends of lines, moved until none covers another. */
  const apart = (entries, scale) => {
    const height = 14;
    const names = entries.filter((entry) => entry.series.points.length).map((entry) => {
      const last = entry.series.points.at(-1);
      return { entry, last, at: scale(last[1]), to: scale(last[1]), dy: 0 };
    }).sort((a, b) => a.at - b.at);
    for (let i = 1; i < names.length; ++i) names[i].to = Math.max(names[i].at, names[i - 1].to + height);
    for (const name of names) name.dy = name.to - name.at;
    return names;
  };

  kinds.lines = { legend: named, switches: ['log'], draw({ data }, view) {
    const entries = visible(data, view);
    const points = named(data).flatMap(({ series }) => series.points);
    const xs = points.map((point) => point[0]);
    const ends = view.narrow ? 12 : Math.min(180, 16 + Math.max(0, ...entries.map((entry) => 1.08 * textWidth(entry.name))));
    const bands = named(data).flatMap(({ series }) => (series.band95 || []).flat()).filter(Number.isFinite);
    const y = amsel.scaleOf(data.y, points.map((point) => point[1]), data.y.scale === 'log');
    const [least, most] = d3.extent(xs);
    const ticks = data.x.format === 'integer' ? Math.max(1, Math.min(view.narrow ? 4 : 8, most - least)) : view.narrow ? 4 : 8;  // none between integers
    const build = (names) => amsel.plot({ width: view.width, height: view.narrow ? 300 : 380, marginLeft: 58, marginRight: ends, marginTop: 34, marginBottom: 44,
      x: { ...amsel.scaleOf(data.x, xs, view.log), ticks },
      y: { ...y, domain: y.domain || d3.extent([...points.map((point) => point[1]), ...bands]), nice: true, ticks: 7 }, marks: [
        amsel.grids(ticks, 7),
        ...entries.map((entry) => entry.series.band95 && Plot.areaY(entry.series.points, { x: '0', y1: (_, i) => entry.series.band95[i]?.[0],
          y2: (_, i) => entry.series.band95[i]?.[1], fill: entry.style.colour, fillOpacity: 0.14 })),
        ...entries.map((entry) => Plot.line(entry.series.points, { x: '0', y: '1', stroke: entry.style.colour, strokeWidth: 2,
          strokeDasharray: ['none', '7 3', '2 3', '9 3 2 3'][entry.i % 4] })),
        ...entries.map((entry) => Plot.dot(entry.series.points, { x: '0', y: '1', ...dotStyle(entry.style, 4.5), title: (point, i) => lines(entry.name,
          `${data.x.label}: ${format(point[0], data.x.format)}`, `${data.y.label}: ${format(point[1], data.y.format)}`,
          entry.series.band95 && interval(entry.series.band95[i], data.y.format)) })),
        names.map(({ entry, last, dy }) => Plot.text([last], { x: '0', y: '1', text: () => shorten(entry.name, ends - 14), textAnchor: 'start', dx: 10, dy,
          fill: entry.style.colour, fontWeight: 600 })),
      ] });
    const first = build([]);
    return view.narrow ? first : build(apart(entries, first.scale('y').apply));
  } };

  // ---- Heat maps
  const shade = (share, diverging) => {
    const strength = diverging ? Math.abs(2 * share - 1) : share;
    const towards = diverging && share < 0.5 ? 'var(--heat-less)' : 'var(--heat-high)';
    return { fill: `color-mix(in oklab, ${towards} ${(100 * strength).toFixed(1)}%, var(--heat-low))`, strong: strength > 0.56 };
  };
  kinds.heatmap = { legend: () => [], draw({ data }, view) {
    const numbers = data.values.flat().filter(Number.isFinite);
    const diverging = data.value.scale === 'diverging';
    const most = Math.max(...numbers.map(Math.abs), 1e-12);
    const low = data.value.from ?? (diverging ? -most : Math.min(0, ...numbers)), high = data.value.to ?? (diverging ? most : Math.max(...numbers, 1e-12));
    const cells = data.values.flatMap((row, i) => row.map((value, j) => ({ i, j, value,
      ...(value === null ? {} : shade(Math.min(1, Math.max(0, (value - low) / (high - low || 1))), diverging)) })));
    const left = Math.min(view.width * 0.3, 16 + Math.max(0, ...data.rows.map((name) => textWidth(name)), textWidth(data.y.label)));
    const size = Math.max(8, Math.min(84, (view.width - left - 12) / Math.max(1, data.columns.length)));
    const wide = size * data.columns.length;
    const top = Math.min(140, 14 + Math.max(0, ...data.columns.map((name) => textWidth(name)))) + 22;
    const tall = Math.max(16, Math.min(size, 44));
    const every = Math.ceil(13 / size);  // names of narrow columns would cover each other
    const short = (value) => tick(data.value.format)(Number(value.toPrecision(2))).replace('\u00a0%', '');
    const fits = Math.max(0, ...numbers.map((value) => textWidth(short(value), 11))) < size - 4;
    const at = { x1: 'j', x2: (cell) => cell.j + 1, y1: 'i', y2: (cell) => cell.i + 1 };
    return amsel.plot({ width: left + wide + 12, height: top + tall * data.rows.length + 8, marginLeft: left, marginRight: 12, marginTop: top, marginBottom: 8,
      x: { domain: [0, data.columns.length], axis: null }, y: { domain: [data.rows.length, 0], axis: null }, color: { type: 'identity' }, marks: [
        Plot.rect(cells, { ...at, fill: (cell) => cell.fill || 'var(--tint)', inset: 0.75, rx: 3, title: (cell) => lines(`${data.y.label}: ${data.rows[cell.i]}`,
          `${data.x.label}: ${data.columns[cell.j]}`, cell.value === null ? 'no value' : `${data.value.label}: ${format(cell.value, data.value.format)}`) }),
        fits && Plot.text(cells.filter((cell) => cell.value !== null), { x: (cell) => cell.j + 0.5, y: (cell) => cell.i + 0.5, text: (cell) => short(cell.value),
          fill: (cell) => (cell.strong ? 'var(--on-heat)' : 'var(--ink)'), fontSize: 11, pointerEvents: 'none' }),
        Plot.text(data.rows, { x: 0, y: (_, i) => i + 0.5, text: (name) => shorten(name, left - 14), textAnchor: 'end', dx: -8, fill: 'var(--ink)' }),
        Plot.text(data.columns, { filter: (_, j) => j % every === 0, x: (_, j) => j + 0.5, y: 0, text: (name) => shorten(name, top - 36), rotate: -90, textAnchor: 'start', dy: -8, fill: 'var(--ink)' }),
        Plot.text([`${data.y.label} ↓   ${data.x.label} →`], { frameAnchor: 'top-left', dy: -top + 6, dx: -left, textAnchor: 'start', fontWeight: 600 }),
      ] });
  } };

  kinds.reliability = { legend: named, draw({ data }, view) {
    const entries = visible(data, view);
    const size = Math.min(view.width, 560);
    const most = Math.max(1, ...named(data).flatMap(({ series }) => series.bins.map((bin) => bin.count)));
    const axis = { domain: [0, 1], tickFormat: tick('percent'), labelArrow: 'none', ticks: 5, tickSize: 0 };
    return amsel.plot({ width: size, height: size * 0.95, marginLeft: 54, marginBottom: 44, marginTop: 30, marginRight: 18,
      x: { ...axis, label: 'confidence' }, y: { ...axis, label: 'accuracy' }, marks: [
        amsel.grids(5, 5),
        Plot.line([[0, 0], [1, 1]], { stroke: 'var(--soft)', strokeDasharray: '5 4' }),
        Plot.text([[1, 1]], { text: () => 'as sure as right', x: '0', y: '1', textAnchor: 'end', dy: -12, fontStyle: 'italic' }),
        ...entries.map((entry) => Plot.ruleX(entry.series.bins.filter((bin) => bin.accuracy_ci95), { x: 'confidence', y1: (bin) => bin.accuracy_ci95[0],
          y2: (bin) => bin.accuracy_ci95[1], stroke: entry.style.colour, strokeWidth: 1.5 })),
        ...entries.map((entry) => Plot.line(entry.series.bins, { x: 'confidence', y: 'accuracy', stroke: entry.style.colour, strokeWidth: 1.5 })),
        ...entries.map((entry) => Plot.dot(entry.series.bins, { x: 'confidence', y: 'accuracy', ...dotStyle(entry.style, 4),
          r: (bin) => 3 + 8 * Math.sqrt(bin.count / most), title: (bin) => lines(entry.name, `confidence ${format(bin.confidence, 'percent')}`,
            `accuracy ${format(bin.accuracy, 'percent')}`, interval(bin.accuracy_ci95, 'percent'), `${format(bin.count, 'integer')} images`,
            entry.series.ece === undefined || entry.series.ece === null ? null : `expected calibration error ${format(entry.series.ece, 'percent')}`) })),
      ], r: { type: 'identity' } });
  } };

  kinds.pictures = { legend: () => [], still: true, draw({ data }) {
    return h('ul', { class: 'pictures' }, ...data.pictures.map((picture) => h('li', {}, h('img', { src: picture.src, alt: picture.alt }),
      h('p', {}, picture.caption || picture.alt))));
  } };
})();
