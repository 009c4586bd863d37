'use strict';

const { runs, follows, written } = JSON.parse(document.getElementById('data').textContent);
const several = runs.length > 1;
const find = selector => document.querySelector(selector);

/** An element with a text or with children. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const grouped = number => number.toLocaleString('en-US');
const percent = share => (Number.isFinite(share) ? `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)} %` : '–');
const duration = seconds => seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 100 ? `${seconds.toFixed(0)} s`
  : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s` : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60 % 60)} min`;
const bytes = count => (count < 1e4 ? `${grouped(count)} B` : count < 1e7 ? `${Math.round(count / 1000)} kB` : `${Math.round(count / 1e6)} MB`);
const last = values => values?.findLast(value => value !== null) ?? null;
const total = values => values.reduce((sum, value) => sum + (value ?? 0), 0);

// What the reader has chosen stays when the page is loaded again.

const key = `report ${location.pathname}`;
const state = { log: false, smoothing: 0.8, zoom: null, hidden: [], run: 0, kind: 'weight', allMistakes: false, allLayers: false, follows: true, scroll: 0 };
try {
  Object.assign(state, JSON.parse(sessionStorage.getItem(key)));
} catch { /* storage may be off, or another version's */ }
if (state.run >= runs.length) state.run = 0;

function keep() {
  state.scroll = scrollY;
  try {
    sessionStorage.setItem(key, JSON.stringify(state));
  } catch { /* then it is forgotten */ }
}

// The head of the page

/** How a run stands: what to say, and whether it is well. */
function standing({ start, end, epochs }) {
  const done = last(epochs.epoch) ?? 0, of = `${grouped(done)} of ${grouped(start.epochs)} epochs`;
  if (end?.event === 'end') return [end.stopped_because ? `Stopped after ${of}: ${end.stopped_because}` : `Finished: ${grouped(done)} epoch${done === 1 ? '' : 's'}`, ''];
  if (end?.cause === 'interrupted') return [`Interrupted after ${of}, at step ${grouped(end.step)}; --resume goes on from there`, 'bad'];
  if (end?.cause === 'diverged') return [`Diverged after ${of}, at step ${grouped(end.step)}`, 'bad'];
  if (end) return [`Failed after ${of}, at step ${grouped(end.step)}`, 'bad'];
  return follows ? [`Under way: ${of}`, 'under-way'] : [`Not ended: ${of}. It was under way when this page was made, or had been killed`, 'bad'];
}

function drawHead() {
  const [run] = runs;
  find('#title').textContent = several ? `${runs.length} trainings` : run.start.model;
  find('#subtitle').textContent = several ? runs.map(each => each.name).join(', ')
    : `${run.start.description}; ${run.start.data}: ${grouped(run.start.train_examples)} examples to learn from, ${grouped(run.start.test_examples)} to be judged by`;
  const [text, kind] = standing(run);
  find('#status').textContent = several ? runs.map(each => `${each.name}: ${standing(each)[0]}`).join(' · ') : text;
  find('#status').className = runs.map(each => standing(each)[1]).find(each => each) ?? kind;

  const warnings = runs.flatMap(each => [...each.warnings, ...(each.end?.cause && each.end.cause !== 'interrupted' ? [each.end.message] : [])].map(text => (several ? `${each.name}: ` : '') + text));
  find('#warnings').hidden = warnings.length === 0;
  find('#warnings').append(...warnings.map(warning => element('p', {}, warning)));

  const numbers = several ? runs.flatMap(each => results(each).slice(0, 1).map(([name, value]) => [`${each.name}: ${name}`, value])) : results(run);
  find('#numbers').append(...numbers.map(([name, value]) => element('div', {}, element('span', {}, name), element('strong', {}, value))));
}

/** The names and texts of what a run has brought so far, the most telling first. */
function results({ start, epochs, steps }) {
  const judged = epochs.validation ?? epochs.train, of = epochs.validation ? 'validation ' : 'training ', found = [];
  if (judged?.accuracy) found.push([`${of}accuracy`, percent(last(judged.accuracy))], ['best', percent(Math.max(...judged.accuracy))]);
  if (judged) found.push([`${of}loss`, short(last(judged.loss))]);
  if (epochs.train) found.push(['training loss', short(last(epochs.train.loss))]);
  else if (steps.loss.length) found.push(['training loss', short(last(steps.loss))]);
  found.push(['parameters', grouped(start.parameters)]);
  const seconds = total(epochs.seconds);
  if (seconds > 0 && epochs.epoch.length === last(epochs.epoch)) {
    found.push(['training time', duration(seconds)], ['examples a second', grouped(Math.round(start.train_examples * epochs.epoch.length / seconds))]);
  }
  return found;
}

// Curves

const charts = {};

/** The charts: a title, the unit of their axis, and their lines. */
function curves() {
  const unit = runs.every(run => run.start.loss === 'CrossEntropy') ? 'loss (nats)' : runs.every(run => run.start.loss === 'Mse') ? 'loss (mean squared error)' : 'loss';
  const drawn = [];
  const metrics = [...new Set(runs.flatMap(run => Object.keys(run.epochs.train ?? {})))].filter(name => name !== 'loss');
  const title = name => name[0].toUpperCase() + name.slice(1);
  if (several) {
    drawn.push({ id: 'loss', title: 'Training loss', unit, log: true, lines: runs.flatMap((run, i) => overSteps(run, 'loss', run.name, look(i))) });
    drawn.push({ id: 'validation', title: 'Validation loss', unit, log: true, lines: runs.flatMap((run, i) => overEpochs(run, 'validation', 'loss', run.name, look(i))) });
    for (const name of metrics) {
      drawn.push({ id: name, title: `${title(name)} on the validation set`, unit: name, lines: runs.flatMap((run, i) => overEpochs(run, 'validation', name, run.name, look(i))) });
    }
  } else {
    const [run] = runs;
    drawn.push({ id: 'loss', title: 'Loss', unit, log: true, lines: [...overSteps(run, 'loss', 'training', look(0)), ...overEpochs(run, 'validation', 'loss', 'validation', look(1))] });
    for (const name of metrics) {
      drawn.push({ id: name, title: title(name), unit: name, lines: [...overEpochs(run, 'train', name, 'training', look(0)), ...overEpochs(run, 'validation', name, 'validation', look(1))] });
    }
  }
  const each = (column, name) => runs.flatMap((run, i) => overSteps(run, column, several ? run.name : name, look(i)));
  drawn.push({ id: 'rate', title: 'Learning rate', unit: 'learning rate', zero: true, lines: runs.map((run, i) => ({ name: several ? run.name : 'learning rate', x: run.steps.step, y: run.steps.learning_rate, ...look(i), dots: run.steps.step.length < 3 })) });
  drawn.push({ id: 'norm', title: 'Gradient norm', unit: 'norm over all parameters', log: true, lines: each('gradient_norm', 'norm') });
  const times = runs.flatMap(run => run.steps.milliseconds);
  drawn.push({ id: 'time', title: 'Time a step takes', unit: 'milliseconds', log: true, zero: true, top: 1.5 * quantile(times, 0.97), lines: each('milliseconds', 'time') });
  return drawn.filter(chart => chart.lines.some(line => line.y.some(value => value !== null)));
}

const look = i => ({ color: colors[i % colors.length], dash: dashes[i % dashes.length] });

/** A line of steps, raw and smoothed. */
function overSteps(run, column, name, style) {
  const x = run.steps.step, y = run.steps[column];
  if (state.smoothing === 0 || y.length < 3) return [{ name, x, y, ...style, dots: y.length < 3 }];
  return [{ name: `${name}, raw`, x, y, color: style.color, faint: true, width: 1 }, { name, x, y: smoothed(y, state.smoothing), ...style, width: 2 }];
}

/** A line with a point an epoch. */
function overEpochs(run, set, name, label, style) {
  const y = run.epochs[set]?.[name];
  return y ? [{ name: label, x: run.epochs.step, y, ...style, dots: y.length <= 60 }] : [];
}

function drawCurves() {
  const place = find('#charts');
  for (const id of Object.keys(charts)) {
    charts[id].destroy();
    delete charts[id];
  }
  const all = curves(), lengths = new Set(runs.map(run => run.start.steps_an_epoch));
  const steps = lengths.size === 1 ? `step (${grouped([...lengths][0])} an epoch)` : 'step';
  place.replaceChildren(...all.map(() => element('figure')));
  all.forEach((chart, i) => {
    charts[chart.id] = drawChart(place.children[i], chart.lines, {
      ...chart, steps, log: chart.log && state.log, whole: wholeRange(), zoom: state.zoom, hidden: state.hidden.filter(name => name.startsWith(`${chart.id}/`)).map(name => name.slice(chart.id.length + 1)),
      onZoom: zoom,
      onHide: (name, hides) => {
        state.hidden = state.hidden.filter(each => each !== `${chart.id}/${name}`).concat(hides ? `${chart.id}/${name}` : []);
        keep();
      },
    });
  });
  if (all.length === 0) place.replaceChildren(element('p', { class: 'hint' }, 'No step has been done yet.'));
  showZoom();
}

/** Shows a range of steps in all charts; null: all steps. */
function zoom(range) {
  if (JSON.stringify(range) === JSON.stringify(state.zoom)) return;
  state.zoom = range;
  const [min, max] = range ?? wholeRange();
  for (const chart of Object.values(charts)) chart.setScale('x', { min, max });
  showZoom();
  keep();
}

function wholeRange() {
  const steps = runs.flatMap(run => run.steps.step);
  return steps.length ? [Math.min(...steps), Math.max(2, ...steps)] : [0, 1];
}

function showZoom() {
  const [from, to] = state.zoom ?? wholeRange();
  find('#from').value = Math.round(from);
  find('#to').value = Math.round(to);
  find('#reset').disabled = state.zoom === null;
}

function setUpControls() {
  const smoothing = find('#smoothing'), showSmoothing = () => (find('#smoothing-value').textContent = state.smoothing.toFixed(2));
  find('#log').checked = state.log;
  find('#log').onchange = event => choose({ log: event.target.checked });
  smoothing.value = state.smoothing;
  showSmoothing();
  smoothing.oninput = () => {
    choose({ smoothing: Number(smoothing.value) });
    showSmoothing();
  };
  find('#reset').onclick = () => zoom(null);
  find('#from').onchange = find('#to').onchange = () => {
    const [from, to] = [Number(find('#from').value), Number(find('#to').value)];
    if (to > from) zoom([from, to]);
    else showZoom();
  };
  if (several) {
    find('#chooser').hidden = false;
    find('#run').append(...runs.map((run, i) => element('option', { value: i }, run.name)));
    find('#run').value = state.run;
    find('#run').onchange = event => {
      state.run = Number(event.target.value);
      keep();
      drawDetails();
    };
  }

  function choose(choice) {
    Object.assign(state, choice);
    drawCurves();
    keep();
  }
}

// What is about one run

const fewMistakes = 12, fewLayers = 12; // at first

function drawDetails() {
  const run = runs[state.run];
  drawConfusion(run);
  drawMistakes(run);
  drawFilters(run);
  drawHistograms(run);
  drawLayers(run);
}

/** Fills a section, or hides it where there is nothing to show. */
function fill(id, ...content) {
  const section = document.getElementById(id);
  section.hidden = content.length === 0;
  section.querySelector('.content').replaceChildren(...content);
}

const afterEpoch = run => `After epoch ${run.look.epoch}.`;

function drawConfusion(run) {
  const counts = run.look?.confusion, classes = run.start.classes;
  if (!counts) return fill('confusion');
  const across = counts.map(row => total(row)), down = classes.map((_, i) => total(counts.map(row => row[i])));
  const table = element('table');
  table.createTHead().append(element('tr', {}, element('td', { class: 'corner' }, 'true ↓ said →'),
    ...classes.map(name => element('th', { scope: 'col' }, name)), element('th', { scope: 'col', class: 'share', title: 'Of those of the class, how many were found' }, 'recall')));
  const body = table.createTBody();
  counts.forEach((row, actual) => body.append(element('tr', {}, element('th', { scope: 'row' }, classes[actual]), ...row.map((count, said) => {
    const share = across[actual] ? count / across[actual] : 0;
    const cell = element('td', { title: `${classes[actual]} taken for ${classes[said]}: ${count} of ${across[actual]}` }, count ? grouped(count) : '·');
    if (count) cell.style.backgroundColor = `rgb(var(${said === actual ? '--cool' : '--warm'}) / ${(said === actual ? 0.12 + 0.4 * share : Math.min(0.55, 0.08 + 2.5 * share)).toFixed(3)})`;
    return cell;
  }), element('td', { class: 'share' }, percent(row[actual] / across[actual])))));
  table.createTFoot().append(element('tr', {}, element('th', { scope: 'row', title: 'Of those that were taken for the class, how many are of it' }, 'precision'),
    ...classes.map((_, i) => element('td', {}, percent(counts[i][i] / down[i]).replace(' %', ''))), element('td', { class: 'share' }, '%')));
  fill('confusion', element('p', { class: 'hint' }, `${afterEpoch(run)} A row for each true class, a column for each that the model said; ${grouped(total(across))} examples of the validation set.`),
    element('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Table of what was taken for what' }, table));
}

function drawMistakes(run) {
  const mistakes = run.look?.mistakes ?? [], classes = run.start.classes;
  if (!run.look?.confusion) return fill('mistakes');
  if (mistakes.length === 0) return fill('mistakes', element('p', {}, `${afterEpoch(run)} There is none in the validation set.`));
  const shown = state.allMistakes ? mistakes : mistakes.slice(0, fewMistakes);
  fill('mistakes', element('p', { class: 'hint' }, `${afterEpoch(run)} Of the wrong answers about the validation set those that the model was surest of, and the three classes it thought likeliest. Blue is the true class.`),
    element('div', { class: 'pictures' }, ...shown.map(mistake => {
      const [actual, said] = [classes[mistake.actual], classes[mistake.likeliest[0]]];
      return element('figure', {},
        ...(mistake.picture ? [picture(mistake.picture, run.start.input_shape, `Example ${mistake.index}: ${actual}, taken for ${said}`, brightness)] : []),
        element('figcaption', {}, `${actual} taken for ${said} (no. ${mistake.index})`),
        element('ol', {}, ...mistake.likeliest.map((number, i) => {
          const bar = element('i');
          bar.style.width = `${100 * mistake.probabilities[i]}%`;
          return element('li', number === mistake.actual ? { class: 'true' } : {}, element('span', {}, classes[number]), bar, element('span', {}, percent(mistake.probabilities[i])));
        })));
    })), ...more(mistakes.length, fewMistakes, 'allMistakes', () => drawMistakes(run)));
}

/** A button that shows all of something, or the first of it only. */
function more(count, few, choice, draw) {
  if (count <= few) return [];
  const button = element('button', { type: 'button' }, state[choice] ? `Show the first ${few}` : `Show all ${count}`);
  button.onclick = () => {
    state[choice] = !state[choice];
    keep();
    draw();
  };
  return [button];
}

function drawFilters(run) {
  const filters = run.look?.filters;
  if (!filters) return fill('filters');
  const grey = filters.shape[0] === 1, outputs = run.start.summary.layers.find(layer => filters.name.startsWith(`${layer.path}.`))?.output_shape[1] ?? filters.pictures.length;
  fill('filters',
    element('p', { class: 'hint' }, `${afterEpoch(run)} ${filters.pictures.length < outputs ? `The first ${filters.pictures.length} of ${outputs}` : `All ${filters.pictures.length}`} rows of ${filters.name}, `
      + `${filters.shape[1]} × ${filters.shape[2]} weights each${grey ? `: blue is positive, orange negative, full colour ±${short(filters.largest)}` : `: grey is 0, the three colours' weights are at most ±${short(filters.largest)}`}.`),
    element('div', { class: 'small' }, ...filters.pictures.map((pixels, i) => picture(pixels, filters.shape, `Filter ${i}`, grey ? sign : brightness))));
}

const brightness = (bytes, plane, i) => (bytes.length === plane ? [bytes[i], bytes[i], bytes[i]] : [bytes[i], bytes[plane + i], bytes[2 * plane + i]]);

/** From orange through the ground to blue. */
function sign(bytes, _, i) {
  const weight = (bytes[i] - 128) / 127, dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ground = dark ? [34, 42, 50] : [242, 245, 247], full = weight > 0 ? (dark ? [86, 180, 233] : [0, 114, 178]) : (dark ? [240, 161, 60] : [213, 94, 0]);
  return ground.map((value, c) => value + (full[c] - value) * Math.abs(weight));
}

/** A picture of bytes, channel after channel. */
function picture(encoded, [, height, width], name, paint) {
  const bytes = Uint8Array.from(atob(encoded), c => c.charCodeAt(0)), plane = height * width;
  const canvas = element('canvas', { class: 'picture', role: 'img', 'aria-label': name, title: name, width, height });
  const context = canvas.getContext('2d'), pixels = context.createImageData(width, height);
  for (let i = 0; i < plane; i++) pixels.data.set([...paint(bytes, plane, i), 255], 4 * i);
  context.putImageData(pixels, 0, 0);
  return canvas;
}

// Histograms

const kinds = { weight: 'parameters', activation: 'outputs of the layers', gradient: 'gradients' };
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function drawHistograms(run) {
  const { epochs, layers } = run.histograms, there = Object.keys(kinds).filter(kind => layers.some(layer => layer.kind === kind));
  if (there.length === 0) return fill('histograms');
  const chosen = there.includes(state.kind) ? state.kind : there[0];
  find('#kinds').replaceChildren(find('#kinds legend'), ...there.map(kind => {
    const radio = element('input', { type: 'radio', name: 'kind', value: kind });
    radio.checked = kind === chosen;
    radio.onchange = () => {
      state.kind = kind;
      keep();
      drawHistograms(run);
      find(`#kinds input[value=${kind}]`).focus();
    };
    return element('label', {}, radio, kinds[kind]);
  }));
  const ofKind = layers.filter(layer => layer.kind === chosen), shown = state.allLayers ? ofKind : ofKind.slice(0, fewLayers);
  const hints = {
    weight: '',
    activation: ' Made of the first 32 examples of the validation set.',
    gradient: ' Of the last step of the epoch.',
  };
  fill('histograms',
    element('p', { class: 'hint' }, `Across: the numbers themselves; the dotted line is 0. A hill for each epoch, the first at the back: its height grows with the square root of how many numbers there are.${hints[chosen]}`),
    element('div', { class: 'layers' }, ...shown.map(layer => ridges(layer, epochs, run))), ...more(ofKind.length, fewLayers, 'allLayers', () => drawHistograms(run)));
}

/** The histograms of a layer, one in front of the other. */
function ridges({ kind, name, rows }, epochs, run) {
  const there = rows.filter(row => row), [low, high] = [Math.min(...there.map(row => row[0])), Math.max(...there.map(row => row[1]))];
  const span = high - low || 1, across = value => 100 * (value - low) / span;
  const height = 100, hill = 30, gap = epochs.length > 1 ? (height - hill - 2) / (epochs.length - 1) : 0;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const type = kind === 'activation' ? run.start.summary.layers.find(layer => layer.path === name)?.type : null;
  const title = type ? `${name} · ${type}` : name;
  svg.setAttribute('viewBox', `0 0 100 ${height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${title}: from ${short(low)} to ${short(high)}`);
  const part = (tag, attributes) => {
    const made = document.createElementNS(svg.namespaceURI, tag);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    svg.append(made);
    return made;
  };
  if (low < 0 && high > 0) part('line', { x1: across(0), x2: across(0), y1: 0, y2: height });
  rows.forEach((row, i) => {
    if (!row) return;
    const bottom = epochs.length > 1 ? hill + gap * i : height, tall = epochs.length > 1 ? hill : height - 4, [min, max, , , , bars] = row;
    const width = (max - min) / bars.length, single = max === min;
    const tops = single ? `m-0.7 0v${-tall}h1.4`
      : [...bars].map((bar, j) => `L${across(min + j * width).toFixed(2)} ${(bottom - tall * digits.indexOf(bar) / 63).toFixed(1)}H${across(min + (j + 1) * width).toFixed(2)}`).join('');
    part('path', { d: `M${(single && span === 1 ? 50 : across(min)).toFixed(2)} ${bottom}${tops}V${bottom}Z`, 'fill-opacity': (0.35 + 0.55 * (i + 1) / rows.length).toFixed(2) });
  });
  const [, , mean, deviation, zeros] = there.at(-1);
  return element('figure', {}, element('h3', {}, title),
    element('div', { class: 'ridges' },
      element('div', { class: 'epochs', title: 'epoch' }, ...(epochs.length > 1 ? [element('span', {}, String(epochs[0])), element('span', {}, String(epochs.at(-1)))] : [''])), svg,
      element('div', { class: 'values' }, element('span', {}, short(low)), element('span', {}, short(high)))),
    element('figcaption', {}, `mean ${short(mean)}, deviation ${short(deviation)}${zeros >= 0.001 ? `, ${percent(zeros)} are 0` : ''}`));
}

// Tables

function drawLayers(run) {
  const { summary } = run.start, table = element('table');
  const numbers = ['parameters', 'multiply-adds', 'activations'], cells = row => [row.parameters, row.multiply_adds].map(count => element('td', { class: 'number' }, count ? grouped(count) : '–'))
    .concat(element('td', { class: 'number' }, row.activation_bytes ? bytes(row.activation_bytes) : '–'));
  table.createTHead().append(element('tr', {}, ...['path', 'layer', 'output'].map(name => element('th', { scope: 'col' }, name)), ...numbers.map(name => element('th', { scope: 'col', class: 'number' }, name))));
  table.createTBody().append(...summary.layers.map(row =>
    element('tr', {}, element('td', {}, row.path), element('td', {}, row.description), element('td', {}, row.output_shape?.slice(1).join(' × ') ?? '–'), ...cells(row))));
  table.createTFoot().append(element('tr', {}, element('th', { scope: 'row', colspan: 3 }, 'all'), ...cells(summary)));
  fill('layers', element('p', { class: 'hint' }, 'Multiply-adds and the memory of what the layers make are those of one example, forward.'),
    element('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Table of the layers' }, table));
}

function drawFacts() {
  const facts = [
    ['model', run => run.start.model], ['data', run => run.start.data], ['data fingerprint', run => run.start.data_fingerprint?.slice(0, 16)],
    ['epochs', run => run.start.epochs], ['batch size', run => run.start.batch_size], ['optimizer', run => run.start.optimizer],
    ['learning rate', run => run.start.learning_rate], ['schedule', run => run.start.schedule], ['seed', run => run.start.seed],
    ['training examples', run => grouped(run.start.train_examples)], ['validation examples', run => grouped(run.start.test_examples)], ['NaN and infinity', run => run.start.non_finite],
    ['weights (SHA-256)', run => (several ? run.end?.weights_sha256?.slice(0, 16) : run.end?.weights_sha256)],
    ['begun', run => run.start.time?.replace('T', ' ').replace('Z', ' UTC')], ['backprop', run => run.start.version], ['.NET', run => run.start.runtime], ['system', run => run.start.system],
    ['processor', run => [run.start.processor, run.start.architecture, run.start.vectors].filter(each => each).join(', ')], ['threads', run => run.start.threads],
  ];
  const table = element('table');
  if (several) table.createTHead().append(element('tr', {}, element('td'), ...runs.map(run => element('th', { scope: 'col' }, run.name))));
  table.createTBody().append(...facts.map(([name, of]) => {
    const values = runs.map(run => String(of(run) ?? '–'));
    return element('tr', new Set(values).size > 1 && name !== 'begun' ? { class: 'differs' } : {}, element('th', { scope: 'row' }, name), ...values.map(value => element('td', {}, value)));
  }));
  fill('facts', ...runs.flatMap(run => command(run)), element('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Table of options and versions' }, table));
}

/** The command that repeats a run. */
function command({ name, commands }) {
  const text = commands.at(-1).command, of = several ? `${name}: ` : '';
  const copy = element('button', { type: 'button' }, 'Copy');
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(copy.previousSibling); // the browser does not let a file do it: the reader can
    }
  };
  const says = commands.length === 1 ? 'This command repeats it, to the last bit:'
    : `It was gone on with other options from step ${grouped(commands.at(-1).step)} on. This command trains with those from the beginning:`;
  return [element('p', {}, of + says), element('div', { class: 'command' }, element('code', {}, ...text.split(/ (?=--)/).flatMap((part, i) => (i ? [' ', element('span', {}, part)] : [element('span', {}, part)]))), copy)];
}

// Watching

function follow() {
  if (!follows) return;
  const seconds = Math.min(30, Math.max(3, last(runs[0].epochs.seconds) ?? 3));
  const silence = (Date.now() - Date.parse(written)) / 1000;
  if (silence > Math.max(120, 20 * seconds)) {
    find('#status').textContent += `; nothing was heard of it for ${duration(silence)}: it may have been killed`;
    find('#status').className = 'bad';
  }
  const choice = find('#follows');
  find('#follow').hidden = false;
  choice.checked = state.follows;
  choice.onchange = () => {
    state.follows = choice.checked;
    keep();
  };
  let touched = 0, pressed = false;
  addEventListener('pointerdown', () => (pressed = true));
  addEventListener('pointerup', () => (pressed = false));
  for (const kind of ['pointerdown', 'pointerup', 'keydown', 'wheel']) addEventListener(kind, () => (touched = Date.now()), { passive: true });
  setInterval(() => {
    if (!state.follows || pressed || document.hidden || Date.now() - touched < 2000) return;
    keep();
    location.reload();
  }, 1000 * seconds);
}

drawHead();
setUpControls();
drawCurves();
drawDetails();
drawFacts();
follow();
history.scrollRestoration = 'manual';
scrollTo(0, state.scroll);
addEventListener('pagehide', keep);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  drawCurves();
  drawDetails();
});
let width = innerWidth;
addEventListener('resize', () => {
  if (innerWidth !== width) drawCurves();
  width = innerWidth;
});
