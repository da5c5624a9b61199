// Tables that sort by a click or a key on their headings.
(() => {
  const { h, format } = amsel;

  const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true }));
  /** Cells without a value stand last, whichever way it is sorted. */
  const sorted = (rows, column, sign) => [...rows].sort((a, b) => {
    if (a[column] === null || b[column] === null) return Number(a[column] === null) - Number(b[column] === null);
    return sign * compare(a[column], b[column]);
  });

  amsel.table = ({ columns, rows }, name) => {
    const isText = (column) => (column.format || 'text') === 'text';
    const body = h('tbody');
    const fill = (ordered) => body.replaceChildren(...ordered.map((row) => h('tr', {}, ...row.map((value, j) => h(j ? 'td' : 'th',
      { class: isText(columns[j]) ? 'text' : null, scope: j ? null : 'row' }, format(value, columns[j].format))))));
    const heads = columns.map((column, j) => {
      const head = h('th', { scope: 'col', class: isText(column) ? 'text' : null });
      head.append(h('button', { type: 'button', class: 'sort', onclick: () => {
        const sign = head.getAttribute('aria-sort') === 'descending' || (isText(column) && !head.hasAttribute('aria-sort')) ? 1 : -1;
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
        fill(sorted(rows, j, sign));
        amsel.say(`Sorted by ${column.name || 'name'}, ${sign > 0 ? 'ascending' : 'descending'}`);
      } }, column.name || 'name'));
      return head;
    });
    fill(rows);
    const scroll = h('div', { class: 'table-scroll', role: 'region', tabindex: '0', 'aria-label': `Table: ${name}` },
      h('table', {}, h('caption', { class: 'unseen' }, name), h('thead', {}, h('tr', {}, ...heads)), body));
    return [scroll, amsel.cue(scroll)];
  };

  /** A line below what scrolls sideways, there while columns lie outside to the right; the edge fades then, too. */
  amsel.cue = (scroll) => {
    const line = h('p', { class: 'more-columns', 'aria-hidden': 'true' }, 'More columns: scroll sideways →');
    line.hidden = true;
    const look = () => {
      const more = scroll.scrollLeft + scroll.clientWidth < scroll.scrollWidth - 2;
      scroll.classList.toggle('more', more);
      line.hidden = !more;
    };
    scroll.addEventListener('scroll', look, { passive: true });
    new ResizeObserver(() => requestAnimationFrame(look)).observe(scroll);
    return line;
  };
})();
