// The scatter: points with intervals by group, the Pareto front, marks of reference, and names placed where there is room.
(() => {
  const { format, style, dotStyle, textWidth } = amsel;
  const { interval, lines } = amsel.tipText;

  const groupsOf = (data) => [...new Set(data.points.map((point) => point.group || 'points'))];
  const legend = (data) => groupsOf(data).map((name, i) => ({ name, style: style(i, name) }));
  const weightOf = (point) => (point.emphasis ? 600 : 400);
  const inside = (value, range) => value >= range[0] && value <= range[1];

  const padded = (values, log) => {
    const [low, high] = d3.extent(values);
    if (log) return [low / 1.15, high * 1.15];
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
  };

  /** Where each name goes: the first free of ten places around its point; a name without a free one is left to the tip. */
  const placeNames = (points, scales, frame, taken) => {
    const around = (point, reach) => ({ x0: scales.x(point.x) - reach, x1: scales.x(point.x) + reach, y0: scales.y(point.y) - reach, y1: scales.y(point.y) + reach });
    const boxes = points.map((point) => around(point, point.emphasis ? 9 : 7)).concat(taken);
    const bars = points.flatMap((point) => [point.y_ci95 && { ...around(point, 1), y0: scales.y(point.y_ci95[1]), y1: scales.y(point.y_ci95[0]) },
      point.x_ci95 && { ...around(point, 1), x0: scales.x(point.x_ci95[0]), x1: scales.x(point.x_ci95[1]) }].filter(Boolean));
    const overlaps = (a, b) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
    const placed = [];
    const order = [...points].sort((a, b) => Number(Boolean(b.emphasis)) - Number(Boolean(a.emphasis)));
    for (const point of order) {
      const width = textWidth(point.label, 12, weightOf(point)) + 6, x = scales.x(point.x), y = scales.y(point.y);
      const places = [[12, 0, 'start'], [-12, 0, 'end'], [0, -18, 'middle'], [0, 18, 'middle'], [9, -14, 'start'], [9, 14, 'start'], [-9, -14, 'end'], [-9, 14, 'end'],
        [0, -32, 'middle'], [0, 32, 'middle']];
      const tries = [bars, []].flatMap((kept) => places.map((place) => [...place, kept]));  // on a bar of an interval rather than nowhere
      for (const [dx, dy, anchor, kept] of tries) {
        const x0 = x + dx - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
        const box = { x0, x1: x0 + width, y0: y + dy - 8, y1: y + dy + 8 };
        const fits = box.x0 > frame.left && box.x1 < frame.right && box.y0 > frame.top && box.y1 < frame.bottom;
        if (!fits || [...boxes, ...kept].some((other) => overlaps(box, other))) continue;
        boxes.push(box);
        placed.push({ point, dx, dy, anchor });
        break;
      }
    }
    return placed;
  };

  const tipOf = (data) => (point) => lines(point.label, [point.group, point.note].filter(Boolean).join(', '),
    `${data.x.label}: ${format(point.x, data.x.format)}`, interval(point.x_ci95, data.x.format),
    `${data.y.label}: ${format(point.y, data.y.format)}`, interval(point.y_ci95, data.y.format));

  /** The marks of reference; the name of a horizontal one stands at the end where no point is. */
  const rules = (data, domains, points, scales, frame) => (data.rules || []).filter((rule) => inside(rule.value, domains[rule.axis])).map((rule) => {
    const line = { stroke: 'var(--soft)', strokeDasharray: '3 4', strokeOpacity: 0.8 };
    const text = { text: () => rule.label, fontStyle: 'italic', fill: 'var(--soft)', pointerEvents: 'none' };
    const width = textWidth(rule.label) + 8;
    if (rule.axis === 'x') {
      const x = scales.x(rule.value);
      return { box: [{ x0: x, x1: x + width, y0: frame.bottom - 18, y1: frame.bottom }], marks: [Plot.ruleX([rule.value], line),
        Plot.text([rule.value], { x: (value) => value, frameAnchor: 'bottom', textAnchor: 'start', dx: 5, dy: -4, ...text })] };
    }
    const y = scales.y(rule.value);
    const free = (from, to) => !points.some((point) => inside(scales.x(point.x), [from - 8, to + 8]) && inside(scales.y(point.y), [y - 26, y + 8]));
    const right = free(frame.right - width, frame.right) || !free(frame.left, frame.left + width);
    const x0 = right ? frame.right - width : frame.left;
    return { box: [{ x0, x1: x0 + width, y0: y - 15, y1: y }], marks: [Plot.ruleY([rule.value], line), Plot.text([rule.value],
      { y: (value) => value, frameAnchor: right ? 'right' : 'left', textAnchor: right ? 'end' : 'start', dx: right ? -2 : 4, dy: -8, ...text })] };
  });

  const intervals = (points, colour, domains) => {
    const cut = (value, range) => Math.min(range[1], Math.max(range[0], value));
    return [
      Plot.ruleX(points.filter((point) => point.y_ci95), { x: 'x', y1: (point) => cut(point.y_ci95[0], domains.y), y2: (point) => cut(point.y_ci95[1], domains.y),
        stroke: colour, strokeOpacity: 0.65, strokeWidth: 1.5 }),
      Plot.ruleY(points.filter((point) => point.x_ci95), { y: 'y', x1: (point) => cut(point.x_ci95[0], domains.x), x2: (point) => cut(point.x_ci95[1], domains.x),
        stroke: colour, strokeOpacity: 0.65, strokeWidth: 1.5 }),
    ];
  };

  const draw = ({ data }, view) => {
    const focus = view.focus && data.focus;
    const shown = data.points.filter((point) => !view.hidden.has(point.group || 'points'));
    const points = focus ? shown.filter((point) => inside(point.x, focus.x) && inside(point.y, focus.y)) : shown;
    view.outside = shown.length - points.length;
    const xs = data.points.flatMap((point) => [point.x, ...(point.x_ci95 || [])]);
    const ys = data.points.flatMap((point) => [point.y, ...(point.y_ci95 || [])]);
    const x = amsel.scaleOf(data.x, xs, view.log), y = amsel.scaleOf(data.y, ys, data.y.scale === 'log');
    const within = (range, values, log) => (focus ? padded(values.filter((value) => inside(value, range)), log) : padded(values, log));
    const domains = { x: x.domain || within(focus?.x, xs, x.type === 'log'), y: y.domain || (focus ? focus.y : padded(ys, y.type === 'log')) };
    const height = view.narrow ? 420 : Math.min(600, view.width * 0.58);
    const frame = { left: 56, right: view.width - 20, top: 34, bottom: height - 44 };
    const build = (names, references) => amsel.plot({ width: view.width, height, marginLeft: frame.left, marginRight: 20, marginTop: frame.top, marginBottom: 44,
      x: { ...x, domain: domains.x, ticks: view.narrow ? 4 : 8 }, y: { ...y, domain: domains.y, ticks: 7 }, marks: [
        amsel.grids(view.narrow ? 4 : 8, 7),
        references.map((reference) => reference.marks),
        data.front && Plot.line(data.front, { x: '0', y: '1', stroke: 'var(--ink)', strokeWidth: 1.5, strokeOpacity: 0.55, clip: true }),
        groupsOf(data).map((group, i) => {  // the first group is drawn last, above the others
          const own = points.filter((point) => (point.group || 'points') === group);
          const look = style(i, group);
          return [intervals(own, look.colour, domains), Plot.dot(own, { x: 'x', y: 'y', ...dotStyle(look, 5.5),
            r: (point) => (point.emphasis ? 7.5 : 5), title: tipOf(data) })];
        }).reverse(),
        names.map(({ point, dx, dy, anchor }) => Plot.text([point], { x: 'x', y: 'y', text: 'label', dx, dy, textAnchor: anchor, pointerEvents: 'none',
          fill: point.emphasis ? 'var(--ink)' : 'var(--soft)', fontWeight: weightOf(point), stroke: 'var(--card)', strokeWidth: 3 })),
      ], r: { type: 'identity' } });
    const first = build([], []);
    const scales = { x: first.scale('x').apply, y: first.scale('y').apply };
    const references = rules(data, domains, points, scales, frame);
    return build(placeNames(points, scales, frame, references.flatMap((reference) => reference.box)), references);
  };

  amsel.kinds.scatter = { legend, switches: ['log', 'focus'], leftToRight: true, draw };
})();
