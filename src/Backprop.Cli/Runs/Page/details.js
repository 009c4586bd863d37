'use strict';

// What a report shows of one run below the curves: confusion, mistakes, filters, histograms and tables.

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
      + `${filters.shape[1]} × ${filters.shape[2]} weights each${grey ? `: orange is positive, blue negative, full colour ±${short(filters.largest)}` : `: grey is 0, the three colours' weights are at most ±${short(filters.largest)}`}.`),
    element('div', { class: 'small' }, ...filters.pictures.map((pixels, i) => picture(pixels, filters.shape, `Filter ${i}`, grey ? sign : brightness))));
}

const brightness = (bytes, plane, i) => (bytes.length === plane ? [bytes[i], bytes[i], bytes[i]] : [bytes[i], bytes[plane + i], bytes[2 * plane + i]]);

/** From blue through the ground to orange, as an explanation has it. */
function sign(bytes, _, i) {
  const weight = (bytes[i] - 128) / 127, dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ground = dark ? [34, 42, 50] : [242, 245, 247], full = weight < 0 ? (dark ? [86, 180, 233] : [0, 114, 178]) : (dark ? [240, 161, 60] : [213, 94, 0]);
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
    element('figcaption', {}, `mean ${short(mean)}, deviation ${short(deviation)}${zeros >= 0.001 ? `, ${percent(zeros)} zeros` : ''}`));
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
    ['begun', run => run.begun?.replace('T', ' ').replace('Z', ' UTC')], ['backprop', run => run.start.version], ['.NET', run => run.start.runtime], ['system', run => run.start.system],
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
    : `It was resumed with other options at step ${grouped(commands.at(-1).step)}. This command trains with those from the beginning:`;
  return [element('p', {}, of + says), element('div', { class: 'command' }, element('code', {}, ...text.split(/ (?=--)/).flatMap((part, i) => (i ? [' ', element('span', {}, part)] : [element('span', {}, part)]))), copy)];
}
