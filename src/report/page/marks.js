// Colours and shapes of series, the legend that switches them, and marks that tell what they are to mouse, keyboard and reader.
(() => {
  const { h, s } = amsel;
  const shapes = ['circle', 'square', 'triangle', 'diamond', 'cross', 'hexagon', 'wye', 'star'];
  const known = {
    policies: { colour: 1, shape: 'star' }, singles: { colour: 0, shape: 'circle' },
    textbook: { colour: 4, shape: 'cross' }, 'derived single': { colour: 0, shape: 'triangle' },
    'adapted singles': { colour: 5, shape: 'diamond' }, 'adapted derived single': { colour: 5, shape: 'triangle' },
    'random mix': { colour: 6, shape: 'times' }, 'random stop': { colour: 6, shape: 'triangle' },
    oracle: { colour: 2, shape: 'square' }, 'pooled oracle': { colour: 3, shape: 'hexagon' }, others: { colour: 7, shape: 'wye' },
  };
  const stroked = new Set(['times']);
  const paths = { circle: d3.symbolCircle, star: d3.symbolStar, square: d3.symbolSquare, triangle: d3.symbolTriangle,
    diamond: d3.symbolDiamond, cross: d3.symbolCross, wye: d3.symbolWye, times: d3.symbolTimes,
    hexagon: { draw(context, size) {
      const r = Math.sqrt(size / 2.6);
      for (let i = 0; i < 6; ++i) context[i ? 'lineTo' : 'moveTo'](r * Math.cos(i * Math.PI / 3), r * Math.sin(i * Math.PI / 3));
      context.closePath();
    } } };

  /** Colour, shape and, once all colours are used, a hatching. */
  amsel.style = (index, name = '') => {
    const own = known[name];
    const colour = own ? own.colour : index % 8;
    const shape = own ? own.shape : shapes[(index + Math.floor(index / 8)) % 8];
    return { colour: `var(--s${colour})`, shape, stroked: stroked.has(shape), hatched: !own && index >= 8, index };
  };
  /** The options of a Plot mark in this style. */
  amsel.dotStyle = (style, r) => ({ symbol: style.shape === 'hexagon' ? paths.hexagon : style.shape, r,
    fill: style.stroked ? 'none' : style.colour, stroke: style.stroked ? style.colour : 'var(--card)', strokeWidth: style.stroked ? 2 : 1 });

  let hatchings = 0;
  /** A fill for areas, and the mark that defines it, if one is needed. */
  amsel.areaFill = (style) => {
    if (!style.hatched) return { fill: style.colour, mark: null };
    const id = `hatch-${++hatchings}`;
    const mark = () => s('defs', {}, s('pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      s('rect', { width: 6, height: 6, fill: style.colour }), s('rect', { width: 2, height: 6, fill: 'var(--card)', 'fill-opacity': 0.55 })));
    return { fill: `url(#${id})`, mark };
  };

  /** What stands for a series in a legend, around the origin. */
  amsel.swatch = (style, area) => {
    const icon = s('g');
    if (area) {
      icon.append(s('rect', { x: -6, y: -6, width: 12, height: 12, rx: 2, fill: style.colour }));
      if (style.hatched) icon.append(s('path', { d: 'M-6 2 2 -6M-2 6 6 -2', stroke: 'var(--card)', 'stroke-width': 2, opacity: 0.7 }));
    } else {
      const d = d3.symbol(paths[style.shape], 70)();
      icon.append(s('path', { d, fill: style.stroked ? 'none' : style.colour, stroke: style.stroked ? style.colour : 'none', 'stroke-width': 2 }));
    }
    return icon;
  };

  /** A button for each entry {name, style}; pressing hides or shows it and calls `changed`. */
  amsel.legend = (entries, hidden, changed, area) => {
    const button = (entry) => {
      const chip = h('button', { type: 'button', class: 'chip', 'aria-pressed': 'true', onclick: () => {
        if (hidden.has(entry.name)) hidden.delete(entry.name); else hidden.add(entry.name);
        chip.setAttribute('aria-pressed', String(!hidden.has(entry.name)));
        changed();
      } }, s('svg', { width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true', focusable: 'false' }, amsel.swatch(entry.style, area)), entry.name);
      return h('li', {}, chip);
    };
    return h('ul', { class: 'chips', 'aria-label': 'Show or hide' }, ...entries.map(button));
  };

  const tip = document.getElementById('tip');
  let shown = null;
  const hide = () => { tip.hidden = true; shown = null; };
  const show = (mark) => {
    if (shown === mark && !tip.hidden) return;
    shown = mark;
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    place(mark);
  };
  const place = (mark) => {
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 10;
    tip.style.transform = `translate(${left}px, ${above > 4 ? above : box.bottom + 10}px)`;
  };
  const reach = 24;
  const nearest = (marks, event) => {
    if (event.target.dataset.tip) return event.target;
    let best = null, distance = reach;
    for (const mark of marks) {
      const box = mark.getBoundingClientRect();
      const away = Math.hypot(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
      if (away < distance) [best, distance] = [mark, away];
    }
    return best;
  };

  const marksOf = new WeakMap();

  /** Turns the <title> of each mark of `svg`, which is on the page, into a tip, a name, and a stop for the arrow keys. */
  amsel.wire = (svg, label, leftToRight) => {
    const marks = [];
    for (const title of svg.querySelectorAll('title')) {
      const mark = title.parentNode;
      if (mark === svg) continue;
      mark.dataset.tip = title.textContent;
      title.remove();
      mark.setAttribute('role', 'img');
      mark.setAttribute('aria-label', mark.dataset.tip.replace(/\n/g, ', '));
      mark.setAttribute('tabindex', '-1');
      marks.push(mark);
    }
    for (const part of svg.querySelectorAll('g[aria-label]')) {  // a name without a role is no name
      part.dataset.part = part.getAttribute('aria-label');
      part.removeAttribute('aria-label');
    }
    if (leftToRight) marks.sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left);
    marks[0]?.setAttribute('tabindex', '0');
    svg.setAttribute('role', 'group');
    svg.setAttribute('aria-label', `${label}. ${marks.length} marks; the arrow keys go from one to the next.`);
    marksOf.set(svg, marks);
  };
  /**
   * Shows tips in `plot`, whatever is drawn in it. The listeners are not the drawing's own: a browser may let the tab key stop at an
   * <svg> that listens for focus.
   */
  amsel.watch = (plot) => {
    const marks = () => marksOf.get(plot.firstElementChild) || [];
    const point = (event) => { const mark = nearest(marks(), event); if (mark) show(mark); else hide(); };
    plot.addEventListener('pointermove', point);
    plot.addEventListener('pointerdown', point);
    plot.addEventListener('pointerleave', (event) => event.pointerType === 'touch' || hide());  // a finger that lifts leaves too
    plot.addEventListener('focusin', (event) => event.target.dataset.tip && show(event.target));
    plot.addEventListener('focusout', hide);
    plot.addEventListener('keydown', (event) => {
      const all = marks(), at = all.indexOf(event.target);
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      const to = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : at + (steps[event.key] || 0);
      if (at < 0 || to === at || !all[to]) return;
      event.preventDefault();
      all[at].setAttribute('tabindex', '-1');
      all[to].setAttribute('tabindex', '0');
      all[to].focus();
    });
  };
  addEventListener('keydown', (event) => event.key === 'Escape' && hide());
  addEventListener('scroll', () => { if (shown && shown === document.activeElement) place(shown); else hide(); }, { passive: true });
})();
