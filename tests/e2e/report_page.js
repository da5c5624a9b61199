// report_page.js PLAYWRIGHT CHROMIUM PAGE FOLDER: opens a report in a browser and prints what it saw as JSON. test_report_page.py judges.
'use strict';
const fs = require('fs');
const [, , playwright, executablePath, page, folder] = process.argv;
const { chromium } = require(playwright);

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync'];

/** A page of its own, with the faults that it shows. */
async function open(browser, options, seen) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const tab = await context.newPage();
  tab.on('console', (message) => ['error', 'warning'].includes(message.type()) && seen.faults.push(message.text()));
  tab.on('pageerror', (fault) => seen.faults.push(String(fault.stack)));
  tab.on('dialog', (dialog) => { seen.faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  tab.on('request', (request) => seen.requests.push(request.url().slice(0, 60)));
  await tab.goto(`file://${page}`);
  await tab.waitForSelector('html[data-ready]', { timeout: 30000, state: 'attached' });
  await tab.waitForFunction(() => [...document.querySelectorAll('.plot')].every((plot) => plot.firstChild));
  return tab;
}

const figures = (tab) => tab.$$eval('.figure', (all) => all.map((figure) => {
  const svg = figure.querySelector('.plot svg');
  const box = svg?.getBoundingClientRect();
  return { id: figure.id, kind: figure.dataset.kind, svg: Boolean(svg), width: box?.width, height: box?.height,
    marks: svg ? svg.querySelectorAll('[data-tip]').length : 0, pictures: [...figure.querySelectorAll('.plot img')].filter((img) => img.naturalWidth).length,
    named: svg ? svg.getAttribute('aria-label') : null, unnamed: svg ? [...svg.querySelectorAll('[data-tip]')].filter((mark) => !mark.getAttribute('aria-label')).length : 0,
    rows: figure.querySelectorAll('tbody tr').length, heading: figure.querySelector('h3').textContent, buttons: [...figure.querySelectorAll('.tool')].map((b) => b.textContent) };
}));
/** Names in the plane that cover one another or a tick of an axis, and the colours of neighbours in the shares. */
const covered = (tab) => tab.$$eval('#plane .plot svg text', (all) => {
  const boxes = all.map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() })).filter(({ text, box }) => text && box.width);
  const apart = (a, b) => a.right < b.left + 1 || b.right < a.left + 1 || a.bottom < b.top + 3 || b.bottom < a.top + 3;
  return boxes.flatMap((one, i) => boxes.slice(i + 1).filter((other) => !apart(one.box, other.box)).map((other) => `${one.text} / ${other.text}`));
});
const colours = (tab) => tab.$$eval('#shares .chip svg rect', (all) => all.map((rect) => getComputedStyle(rect).fill.match(/\d+/g).map(Number)));
const outside = (tab) => tab.$eval('#rows .table-scroll', (scroll) => {
  const heads = [...scroll.querySelectorAll('thead th')];
  const seen = heads.filter((head) => head.getBoundingClientRect().right <= scroll.getBoundingClientRect().right + 1).map((head) => head.textContent);
  return { seen, all: heads.length, cue: !scroll.nextElementSibling.hidden };
});
const widths = (tab) => tab.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
const ground = (tab) => tab.evaluate(() => [getComputedStyle(document.body).backgroundColor,
  getComputedStyle(document.querySelector('.plot [data-tip]')).fill]);

async function save(tab, button, file) {
  const [download] = await Promise.all([tab.waitForEvent('download'), button.click()]);
  await download.saveAs(`${folder}/${file}`);
  await tab.waitForTimeout(150);  // Chromium drops downloads beyond ten within a second
  return download.suggestedFilename();
}

/** Each figure's SVG and each table's CSV, as its buttons save them. */
async function saveAll(tab) {
  const saved = [];
  await tab.$$eval('details', (all) => all.forEach((details) => { details.open = true; }));
  for (const figure of await tab.$$('.figure')) {
    for (const button of await figure.$$('.tool')) {
      const text = await button.textContent();
      if (text === 'Save SVG' || text === 'Save CSV') saved.push(await save(tab, button, `${await figure.getAttribute('id')}.${text.slice(-3).toLowerCase()}`));
    }
  }
  return saved;
}

/** Whether each saved SVG shows itself without the page, as an image. */
async function showSaved(browser, names) {
  const tab = await (await browser.newContext()).newPage();
  const shown = {};
  for (const name of names.filter((one) => one.endsWith('.svg'))) {
    const text = fs.readFileSync(`${folder}/${name}`);
    await tab.setContent(`<img src="data:image/svg+xml;base64,${text.toString('base64')}">`);
    shown[name] = await tab.$eval('img', (img) => img.decode().then(() => img.naturalWidth, () => 0));
  }
  return shown;
}

/** Where the tab key stops, and what the arrow keys reach inside the first figure that is drawn. */
async function keyboard(tab) {
  const describe = () => tab.evaluate(() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    return { tag: at.tagName.toLowerCase(), text: (at.textContent || '').slice(0, 40), role: at.getAttribute('role'), label: at.getAttribute('aria-label'),
      ringed: style.outlineStyle !== 'none' || style.strokeWidth === '3px', tip: document.getElementById('tip').hidden ? null : document.getElementById('tip').textContent };
  });
  const stops = [];
  for (let i = 0; i < 40; ++i) {
    await tab.keyboard.press('Tab');
    stops.push(await describe());
  }
  await tab.focus('.plot svg [tabindex="0"]');
  const first = await describe();
  await tab.keyboard.press('ArrowRight');
  const second = await describe();
  await tab.keyboard.press('Escape');
  return { stops, first, second, escaped: (await describe()).tip };
}

/** What the controls change: legend, axis, view, order of a table. */
async function controls(tab) {
  const count = () => tab.$$eval('#plane .plot [data-tip]', (all) => all.length);
  const ticks = () => tab.$$eval('#plane .plot [data-part="x-axis tick label"] text', (all) => all.map((text) => text.textContent));
  const result = { before: await count(), ticks: await ticks() };
  await tab.click('#plane .chip');
  result.hidden = await count();
  result.pressed = await tab.getAttribute('#plane .chip', 'aria-pressed');
  await tab.click('#plane .chip');
  result.again = await count();
  for (const [name, text] of [['log', /(Linear|Logarithmic) axis/], ['focus', /All points|Near the policies/]]) {
    const button = tab.locator('#plane .tool', { hasText: text });
    if (!await button.count()) continue;
    await button.click();
    result[name] = { count: await count(), ticks: await ticks(), outside: await tab.textContent('#plane .outside') };
  }
  const order = () => tab.$$eval('#rows tbody tr', (rows) => rows.map((row) => row.children[2].textContent));
  result.order = await order();
  await tab.click('#rows thead th:nth-child(3) .sort');
  result.sorted = await order();
  result.sort = await tab.getAttribute('#rows thead th:nth-child(3)', 'aria-sort');
  await tab.locator('#plane .plot [data-tip]').last().hover();  // others may lie below it
  result.tip = await tab.textContent('#tip');
  return result;
}

async function main() {
  const browser = await chromium.launch({ executablePath, args: quiet });
  const seen = { faults: [], requests: [] };
  const tab = await open(browser, { viewport: { width: 1280, height: 900 } }, seen);
  seen.title = await tab.title();
  seen.text = await tab.innerText('body');
  seen.figures = await figures(tab);
  seen.covered = await covered(tab);
  seen.colours = await colours(tab);
  seen.columns = await outside(tab);
  seen.landmarks = await tab.evaluate(() => ['header', 'nav', 'main', 'footer', 'h1'].map((name) => document.querySelectorAll(name).length));
  seen.headings = await tab.$$eval('h1, h2, h3', (all) => all.map((heading) => Number(heading.tagName[1])));
  seen.scripts = await tab.$$eval('script', (all) => all.length);
  seen.images = await tab.$$eval('img', (all) => all.map((img) => img.src.slice(0, 11)));
  seen.anchors = await tab.$$eval('nav a', (all) => all.map((a) => Boolean(document.querySelector(a.getAttribute('href')))));
  seen.light = await ground(tab);
  seen.keyboard = await keyboard(tab);
  seen.controls = await controls(tab);
  seen.saved = await saveAll(tab);
  seen.shown = await showSaved(browser, seen.saved);
  const dark = await open(browser, { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }, seen);
  seen.dark = await ground(dark);
  const phone = await open(browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, seen);
  seen.phone = { widths: await widths(phone), figures: await figures(phone) };
  await phone.$$eval('details', (all) => all.forEach((details) => { details.open = true; }));
  seen.phone.opened = await widths(phone);
  await tab.emulateMedia({ media: 'print', colorScheme: 'dark' });
  seen.print = await ground(tab);
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}

main().catch((fault) => { console.error(fault); process.exit(1); });
