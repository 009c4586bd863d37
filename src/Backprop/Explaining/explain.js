'use strict';
// A page that explains a computation graph: draws one level of it at a time and plays its forward and backward pass.

const { nodes, tensors, levels, result } = JSON.parse(document.getElementById('data').textContent);
const picture = document.querySelector('.picture'), panel = document.querySelector('.panel'), crumbs = document.querySelector('nav');
const slider = document.querySelector('.player input'), where = document.querySelector('.player output');
const narrow = matchMedia('(max-width: 700px)'), dark = matchMedia('(prefers-color-scheme: dark)');
const steps = levels.map(stepsOf), reached = levels.map(() => 0);
let current = 0, playing = 0, zoom = 1, groups;

// ---- making elements

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== undefined && child !== ''));
  return made;
}

// ---- numbers

function number(value, digits = 4) {
  if (typeof value === 'string') return value; // NaN, ∞
  const [mantissa, exponent] = value.toPrecision(digits).split('e');
  const plain = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  const small = !exponent && value !== 0 && Math.abs(value) < 1e-4;
  return (small ? value.toExponential(digits - 1).replace(/\.?0+e/, 'e') : exponent ? `${plain}e${exponent}` : plain).replace('e+', 'e').replaceAll('-', '−');
}

const factor = value => value < 0 ? `(${number(value)})` : number(value);
const isEnd = item => item.kind === 'to' || item.kind === 'result';
const isNumber = tensor => tensor?.values?.length === 1;
const isConstant = tensor => !isNumber(tensor) && tensor.min !== undefined && tensor.min === tensor.max && !tensor.strange;
const only = tensor => tensor.values[0];
const shape = tensor => tensor.shape.join('×') || 'a number';
const range = tensor => `${number(tensor.min)} … ${number(tensor.max)}`;
const of = symbol => `∂${result}/∂${symbol}`;
const withResult = text => text.replaceAll('∂L/', `∂${result}/`);

// ---- heat maps

/** The tensor's cells: blue below zero, orange above, nothing at zero; the root lets small numbers be seen. */
function heatMap(tensor) {
  const [planes, , across] = tensor.planes, [rows, columns] = tensor.cells;
  const canvas = element('canvas', { width: across * (columns + 1) - 1, height: Math.ceil(planes / across) * (rows + 1) - 1 });
  const bytes = Int8Array.from(atob(tensor.levels), c => c.charCodeAt(0)), context = canvas.getContext('2d'), image = context.createImageData(canvas.width, canvas.height);
  bytes.forEach((level, cell) => {
    const plane = Math.floor(cell / (rows * columns)), x = plane % across * (columns + 1) + cell % columns;
    const y = Math.floor(plane / across) * (rows + 1) + Math.floor(cell / columns) % rows, at = 4 * (y * canvas.width + x);
    const [below, above] = dark.matches ? [[0x6c, 0xbf, 0xf2], [0xff, 0x9d, 0x45]] : [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00]];
    image.data.set(level === -128 ? [128, 128, 128, 255] : [...level < 0 ? below : above, 255 * Math.sqrt(Math.abs(level) / 127)], at);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

const address = tensor => tensor.address ??= heatMap(tensor).toDataURL();

/** The element under a place of a heat map, both from 0 to 1: its position, and its number as exactly as it is known. */
function elementAt(tensor, x, y) {
  const [planes, , across] = tensor.planes, [rows, columns, wholeRows, wholeColumns] = tensor.cells;
  const cellX = Math.floor(x * (across * (columns + 1) - 1)), cellY = Math.floor(y * (Math.ceil(planes / across) * (rows + 1) - 1));
  const plane = Math.floor(cellY / (rows + 1)) * across + Math.floor(cellX / (columns + 1)), row = cellY % (rows + 1), column = cellX % (columns + 1);
  if (plane >= planes || row >= rows || column >= columns || x < 0 || y < 0) return undefined;
  const whole = (cell, cells, all) => cells === all ? cell : Math.floor((cell + 0.5) * all / cells);
  const position = (plane * wholeRows + whole(row, rows, wholeRows)) * wholeColumns + whole(column, columns, wholeColumns);
  if (position >= tensor.shape.reduce((a, b) => a * b, 1)) return undefined;
  return { position, cell: (plane * rows + row) * columns + column };
}

function index(tensor, position) {
  const places = [];
  for (let axis = tensor.shape.length - 1; axis >= 0; axis--) {
    places.unshift(position % tensor.shape[axis]);
    position = Math.floor(position / tensor.shape[axis]);
  }
  return `[${places.join(', ')}]`;
}

function valueAt(tensor, { position, cell }) {
  if (tensor.values) return number(tensor.values[position]);
  const level = atob(tensor.levels).charCodeAt(cell) << 24 >> 24;
  return level === -128 ? 'NaN' : `≈ ${number(level / 127 * tensor.scale, 2)}`;
}

// ---- the picture

function draw() {
  const level = levels[current], scene = narrow.matches ? level.tall : level.wide, [width, height] = scene.size, tall = scene === level.tall;
  const fits = (picture.clientWidth - 2) / width; // what does not fit is scrolled, and then it may as well be large
  zoom = fits >= 0.8 ? Math.min(1.25, fits) : narrow.matches ? 0.85 : 1;
  const drawing = svg('svg', { class: 'graph', viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': level.name || result });
  groups = { boxes: [], arrows: [] };
  level.arrows.forEach((arrow, i) => {
    const { path, head, label: [x, y] } = scene.arrows[i];
    const group = svg('g', { class: arrow.gradient === undefined ? 'arrow constant' : 'arrow' }, svg('path', { d: path }), svg('path', { d: head, class: 'head' }),
      label(tensors[nodes[arrow.node].value], x, y, false, tall), arrow.gradient === undefined ? undefined : label(tensors[arrow.gradient], x, y, true, tall));
    groups.arrows.push(group);
    drawing.append(group);
  });
  level.items.forEach((item, i) => {
    const group = box(item, scene.boxes[i], i);
    groups.boxes.push(group);
    drawing.append(group);
  });
  fill(drawing, { width: width * zoom, height: height * zoom }, []);
  picture.replaceChildren(drawing);
  const above = [];
  for (let l = current; l !== undefined; l = levels[l].parent) above.unshift(l);
  crumbs.replaceChildren(...(above.length < 2 ? [] : above.flatMap((l, i) =>
    [i ? element('span', {}, '›') : '', l === current ? element('b', {}, levels[l].name) : element('button', { onclick: () => open(l) }, levels[l].name || 'whole network')]).filter(part => part)));
  slider.max = steps[current].length - 1;
  show(reached[current]);
}

/** What an arrow carries: the value above it or left of it, the gradient below or right of it. */
function label(tensor, x, y, isGradient, tall) {
  const text = isNumber(tensor) ? number(only(tensor)) : tensor.text, css = isGradient ? 'gradient' : 'value';
  if (text) {
    return tall
      ? svg('g', { class: css }, svg('text', { x: x + (isGradient ? 6 : -6), y: y + 4.5, style: `text-anchor:${isGradient ? 'start' : 'end'}` }, text))
      : svg('g', { class: css }, svg('text', { x, y: y + (isGradient ? 16 : -6) }, text));
  }
  const [width, height] = tensor.thumb, small = isGradient ? `±${number(tensor.scale, 3)}` : shape(tensor);
  const half = Math.max(width / 2, small.length * 3.3);
  const middle = tall ? x + (isGradient ? half + 6 : -half - 6) : x, top = tall ? y - (height + 14) / 2 : isGradient ? y + 5 : y - 17 - height;
  const image = svg('image', { x: middle - width / 2, y: top, width, height, preserveAspectRatio: 'none', href: address(tensor) });
  image.addEventListener('pointermove', event => tip(event, tensor, image));
  image.addEventListener('pointerleave', () => tip());
  return svg('g', { class: css }, image, svg('rect', { class: 'frame', x: middle - width / 2, y: top, width, height, 'pointer-events': 'none' }),
    svg('text', { x: middle, y: top + height + 11, class: 'small' }, small));
}

function box(item, [x, y, width, height], i) {
  const isRound = item.circle || !['operation', 'fold'].includes(item.kind);
  const rectangle = (dx, dy) => svg('rect', { x: x - width / 2 + dx, y: y - height / 2 + dy, width, height, rx: isRound ? height / 2 : 7 });
  const what = item.level !== undefined ? `open ${item.title}, ${item.caption}` : [item.circle ? nodes[item.node].name : item.title, item.caption].filter(part => part).join(', ');
  const choose = () => item.level !== undefined ? open(item.level) : inspect(i);
  return svg('g', { class: `box ${item.kind}`, tabindex: 0, role: 'button', 'aria-label': what, onclick: choose, onkeydown: event => event.key === 'Enter' && choose() },
    item.level !== undefined ? rectangle(4, -4) : undefined, rectangle(0, 0),
    item.circle ? svg('text', { x, y: y + 7, class: 'sign' }, item.title) : svg('text', { x, y: item.caption ? y - 1 : y + 4.5 }, item.title),
    item.caption ? svg('text', { x, y: y + 13, class: 'small' }, item.caption) : undefined);
}

function tip(event, tensor, image) {
  document.querySelector('.tip')?.remove();
  if (!event) return;
  const bounds = image.getBoundingClientRect(), found = elementAt(tensor, (event.clientX - bounds.x) / bounds.width, (event.clientY - bounds.y) / bounds.height);
  const made = element('div', { class: 'tip', role: 'tooltip' }, `${shape(tensor)}, ${range(tensor)}${found ? ` · ${index(tensor, found.position)}: ${valueAt(tensor, found)}` : ''}`);
  document.body.append(made);
  made.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - made.offsetWidth - 4))}px`;
  made.style.top = `${Math.max(4, event.clientY - made.offsetHeight - 10)}px`;
}

// ---- the player

/** Start, each operation forward, the turn at the end, each operation backward, and what came of it. */
function stepsOf(level) {
  const work = level.items.flatMap((item, i) => item.kind === 'operation' || item.kind === 'fold' ? [i] : []);
  const back = work.filter(i => level.arrows.some(arrow => arrow.to === i && arrow.gradient !== undefined)).reverse();
  return [{ phase: 'start' }, ...work.map(item => ({ phase: 'forward', item })), { phase: 'turn' }, ...back.map(item => ({ phase: 'backward', item })), { phase: 'done' }];
}

function show(at) {
  const all = steps[current], level = levels[current];
  at = reached[current] = Math.max(0, Math.min(at, all.length - 1));
  const step = all[at], turn = all.findIndex(one => one.phase === 'turn');
  const done = phase => new Set(all.slice(0, at + 1).filter(one => one.phase === phase).map(one => one.item));
  const forward = done('forward'), backward = done('backward'), isWork = i => ['operation', 'fold'].includes(level.items[i].kind);
  level.arrows.forEach((arrow, i) => {
    const classes = groups.arrows[i].classList;
    classes.toggle('known-value', !isWork(arrow.from) || forward.has(arrow.from));
    classes.toggle('known-gradient', arrow.gradient !== undefined && (isWork(arrow.to) ? backward.has(arrow.to) : at >= turn));
    classes.toggle('now-forward', step.phase === 'forward' && (arrow.from === step.item || arrow.to === step.item));
    classes.toggle('now-backward', arrow.gradient !== undefined && (step.phase === 'turn' ? !isWork(arrow.to) : step.phase === 'backward' && (arrow.from === step.item || arrow.to === step.item)));
  });
  groups.boxes.forEach((group, i) => {
    group.classList.toggle('now-forward', step.phase === 'forward' && step.item === i);
    group.classList.toggle('now-backward', step.phase === 'backward' && step.item === i || step.phase === 'turn' && isEnd(level.items[i]));
  });
  slider.value = at;
  slider.setAttribute('aria-valuetext', `${at} of ${all.length - 1}, ${step.phase}`);
  where.textContent = `step ${at} of ${all.length - 1}`;
  for (const [name, off] of [['first', at === 0], ['back', at === 0], ['next', at === all.length - 1], ['last', at === all.length - 1]]) document.querySelector(`[data-go=${name}]`).disabled = off;
  if (at === all.length - 1) stop();
  explain(step);
  const focus = step.item ?? (step.phase === 'turn' ? level.items.findIndex(isEnd) : undefined);
  if (focus !== undefined) bringIntoView(groups.boxes[focus]);
}

function bringIntoView(group) {
  const box = group.getBoundingClientRect(), view = picture.getBoundingClientRect();
  const off = (low, high, least, most) => low < least + 90 || high > most - 90 ? (low + high - least - most) / 2 : 0;
  picture.scrollBy({ left: off(box.left, box.right, view.left, view.right), top: off(box.top, box.bottom, view.top, view.bottom), behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
}

function open(level) {
  stop();
  const isDeeper = levels[level].parent === current;
  if (isDeeper) reached[level] = 0;
  current = level;
  draw();
  picture.focus({ preventScroll: true });
}

function stop() {
  clearInterval(playing);
  playing = 0;
  document.querySelector('[data-go=play]').textContent = '▶ Play';
}

const go = {
  first: () => show(0),
  back: () => show(reached[current] - 1),
  next: () => show(reached[current] + 1),
  last: () => show(Infinity),
  play() {
    if (playing) return stop();
    if (reached[current] === steps[current].length - 1) show(0);
    playing = setInterval(() => show(reached[current] + 1), 1400);
    document.querySelector('[data-go=play]').textContent = '❚❚ Pause';
  },
};

for (const button of document.querySelectorAll('[data-go]')) button.addEventListener('click', () => {
  if (button.dataset.go !== 'play') stop();
  go[button.dataset.go]();
});
document.querySelectorAll('.zoom button').forEach((button, larger) => button.addEventListener('click', () => {
  const drawing = picture.querySelector('svg'), { width, height } = drawing.viewBox.baseVal;
  zoom = Math.min(3, Math.max(0.25, zoom * (larger ? 1.25 : 0.8)));
  fill(drawing, { width: width * zoom, height: height * zoom }, []);
}));
slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target === slider) return;
  const action = { ArrowRight: go.next, ArrowLeft: go.back, Home: go.first, End: go.last, ' ': event.target instanceof HTMLButtonElement ? undefined : go.play, Escape: levels[current].parent === undefined ? undefined : () => open(levels[current].parent) }[event.key];
  if (!action) return;
  event.preventDefault();
  if (event.key !== ' ') stop();
  action();
});
narrow.addEventListener('change', draw);
dark.addEventListener('change', () => {
  for (const tensor of tensors) delete tensor.address;
  draw();
});

// ---- the explanation

function explain(step) {
  panel.className = `panel ${step.phase === 'turn' || step.phase === 'done' ? 'backward' : step.phase}`;
  const item = levels[current].items[step.item];
  panel.replaceChildren(...{
    start: () => startText(),
    forward: () => item.level === undefined ? forwardText(nodes[item.node]) : foldText(step.item, item, false),
    turn: () => turnText(),
    backward: () => item.level === undefined ? backwardText(nodes[item.node]) : foldText(step.item, item, true),
    done: () => doneText(),
  }[step.phase]());
}

/** Shows what is known of a box: an operation at its step, a leaf or a result at once. */
function inspect(i) {
  stop();
  const item = levels[current].items[i], all = steps[current], turn = all.findIndex(step => step.phase === 'turn');
  const phase = reached[current] >= turn ? 'backward' : 'forward', at = all.findIndex(step => step.item === i && step.phase === phase);
  if (at >= 0) return show(at);
  const node = nodes[item.node];
  panel.className = 'panel';
  panel.replaceChildren(element('h2', {}, item.title, ' ', element('small', {}, item.kind === 'leaf constant' ? 'a constant: no gradient is asked for' : '')),
    element('div', { class: 'cards' }, card('value', tensorView(tensors[node.value], 'forward')),
      node.gradient === undefined ? undefined : card(of(item.title), tensorView(tensors[node.gradient], 'backward'), node.chain ? element('p', { class: 'chain' }, node.chain) : undefined)));
}

function startText() {
  const level = levels[current];
  return [element('h2', {}, level.name ? level.name : 'The inputs are given'),
    element('p', {}, `First forward, ${narrow.matches ? 'downwards' : 'from the left to the right'}: each operation computes its value. Then backward, from the end: each multiplies the gradient that arrives by its local derivative.`),
    element('p', { class: 'legend' }, '→ and ← step, space plays, Home and End jump; a click on a box explains it', levels.length > 1 ? ', folded layers open.' : '.')];
}

function forwardText(node) {
  const value = tensors[node.value], inputs = node.inputs.map(input => ({ ...input, tensor: tensors[nodes[input.node].value] }));
  return [heading(node, 'forward'),
    node.formula ? element('p', { class: 'formula' }, node.formula, ...substituted(node, inputs, value)) : undefined,
    element('div', { class: 'cards' }, ...inputs.map(input => card(title(input), tensorView(input.tensor, 'forward'))),
      card(`= ${node.formula ? node.formula.split(' = ')[0] : 'result'}`, tensorView(value, 'forward')))].filter(part => part);
}

/** The formula with numbers for symbols, where each symbol stands for one. */
function substituted(node, inputs, value) {
  if (!isNumber(value) || !inputs.every(input => isNumber(input.tensor) && input.symbol)) return [];
  let text = node.formula.slice(node.formula.indexOf(' = ') + 3);
  const symbols = inputs.map(input => input.symbol), known = new RegExp(`(?<![\\p{L}\\d])(${symbols.join('|')})(?![\\p{L}\\d(′])`, 'gu');
  if (!symbols.every(symbol => new RegExp(`(?<![\\p{L}\\d])${symbol}(?![\\p{L}\\d(′])`, 'u').test(text)) || /[ᵀᵃᵇˣᵗ∗]/.test(text)) return [];
  text = text.replace(known, symbol => factor(only(inputs[symbols.indexOf(symbol)].tensor)));
  return [element('span', { class: 'forward numbers' }, `: ${number(only(value))} = ${text}`)];
}

function backwardText(node) {
  const symbol = node.formula ? node.formula.split(' = ')[0] : 'y', arriving = tensors[node.gradient];
  const parts = uses(node), sum = parts.length > 1 && parts.every(part => isNumber(part.tensor))
    ? ` = ${parts.map(part => factor(only(part.tensor))).join(' + ')}, from ${parts.map(part => part.from).join(' and ')}`
    : parts.length > 1 ? `, the sum of what comes from ${parts.map(part => part.from).join(' and ')}` : '';
  return [heading(node, 'backward'),
    element('div', { class: 'equation' }, `${of(symbol)} arrives: `, tensorView(arriving, 'backward'), sum),
    element('div', { class: 'cards' }, ...node.inputs.filter(input => input.gradient !== undefined).map(input => inputCard(node, input, symbol, arriving)))];
}

/** The uses of a node's value that send a gradient back. */
function uses(node) {
  const id = nodes.indexOf(node);
  return nodes.flatMap(other => (other.inputs ?? []).filter(input => input.node === id && input.gradient !== undefined).map(input => ({ from: other.name, tensor: tensors[input.gradient] })));
}

function inputCard(node, input, symbol, arriving) {
  const slope = tensors[input.slope], leaving = tensors[input.gradient], target = input.symbol ?? 'x', all = uses(nodes[input.node]);
  const local = input.derivative && !input.derivative.startsWith('∂L/');
  const lines = [];
  if (input.derivative) lines.push(element('p', { class: 'formula' }, withResult(input.derivative), slope && local && isNumber(slope) ? numberIfNew(input.derivative, slope) : ''));
  const product = [of(target), ' = ', ...(slope ? [`${of(symbol)} · ∂${symbol}/∂${target} = `, tensorView(arriving, 'backward'), ' · ', isConstant(slope) ? element('b', {}, number(slope.min)) : tensorView(slope), ' = '] : []), tensorView(leaving, 'backward')];
  lines.push(linked(element('div', { class: 'equation' }, ...product), slope ? [arriving, slope, leaving] : [leaving]));
  if (input.chain) lines.push(element('p', { class: 'chain' }, `along the whole way: ${of(name(input))} ${all.length > 1 ? 'gets ' : '= '}`, input.chain));
  if (all.length > 1) lines.push(element('p', {}, `${name(input)} is used ${all.length} times: `,
    all.every(part => isNumber(part.tensor)) ? `${of(name(input))} = ${all.map(part => factor(only(part.tensor))).join(' + ')} = ${number(only(tensors[nodes[input.node].gradient ?? input.gradient]))}` : 'what the uses send back is added up.'));
  return card(`to ${title(input)}`, ...lines);
}

const numberIfNew = (derivative, slope) => derivative.endsWith(` = ${number(only(slope))}`) ? '' : ` = ${number(only(slope))}`;

const name = input => nodes[input.node].inputs ? input.symbol ?? 'x' : nodes[input.node].name;

const title = input => {
  const source = nodes[input.node];
  return !input.symbol || input.symbol === source.name ? source.name : `${input.symbol}: ${source.inputs ? `from ${source.name}` : source.name}`;
};

function foldText(i, item, isBackward) {
  const arrows = levels[current].arrows, tensorsOf = (which, gradient) => arrows.filter(which).flatMap(arrow => gradient ? arrow.gradient ?? [] : nodes[arrow.node].value).map(id => tensorView(tensors[id], gradient ? 'backward' : 'forward'));
  const into = arrow => arrow.to === i, out = arrow => arrow.from === i;
  return [element('h2', {}, item.title, ' ', element('small', {}, `${item.caption}, ${item.parameters.toLocaleString('en')} parameters`)),
    element('div', { class: 'cards' },
      isBackward ? card('gradient that arrives', ...tensorsOf(out, true)) : card('goes in', ...tensorsOf(into, false)),
      isBackward ? card('gradient that leaves', ...tensorsOf(into, true)) : card('comes out', ...tensorsOf(out, false))),
    element('button', { onclick: () => open(item.level) }, `Open ${item.title}`)];
}

function turnText() {
  const level = levels[current], ends = level.arrows.filter(arrow => isEnd(level.items[arrow.to]) && arrow.gradient !== undefined);
  if (level.parent !== undefined) return [element('h2', {}, 'Backward: what arrives from outside'), element('div', { class: 'cards' }, ...ends.map(arrow => card(level.items[arrow.to].title, tensorView(tensors[arrow.gradient], 'backward'))))];
  return [element('h2', {}, 'Backward begins at the end'), element('p', { class: 'formula' }, `${of(result)} = 1`),
    element('p', {}, `${result} changes as much as itself. From here each step multiplies by one more local derivative.`)];
}

function doneText() {
  const leaves = levels[current].items.filter(item => item.node !== undefined && !nodes[item.node].inputs && nodes[item.node].gradient !== undefined);
  const head = element('h2', {}, leaves.length ? `What each input does to ${result}` : 'Done'), views = node => [tensorView(tensors[node.value], 'forward', 90), tensorView(tensors[node.gradient], 'backward', 90)];
  if (!leaves.every(item => isNumber(tensors[nodes[item.node].value]))) {
    return [head, element('div', { class: 'cards' }, ...leaves.map(item => card(of(item.title), element('div', { class: 'equation' }, ...views(nodes[item.node])))))];
  }
  return [head,
    element('div', { class: 'scroll' }, element('table', {}, element('thead', {}, element('tr', {}, ...['', 'value', 'gradient', ''].map(text => element('th', {}, text)))),
      element('tbody', {}, ...leaves.map(item => {
        const node = nodes[item.node];
        return element('tr', {}, element('td', {}, of(node.name)), ...views(node).map(view => element('td', {}, view)), element('td', { class: 'chain' }, node.chain ?? ''));
      }))))];
}

// ---- parts of the explanation

const heading = (node, phase) => element('h2', {}, node.name, ' ', element('small', {}, `${phase}${node.layer ? `, layer ${node.layer}` : ''}`));

const card = (head, ...content) => element('div', { class: 'card' }, element('h3', {}, head), ...content);

/** A number, or a heat map with its range, if there is one; the element under the pointer is told below it. */
function tensorView(tensor, css = '', most = 240) {
  if (isNumber(tensor)) return element('b', { class: css }, number(only(tensor), 6));
  if (!tensor.levels) return element('b', { class: css }, tensor.text);
  const canvas = heatMap(tensor), scale = Math.max(1, Math.min(24, most / canvas.width, most * 0.5 / canvas.height));
  canvas.style.width = `${Math.max(20, Math.min(most, canvas.width * scale))}px`;
  canvas.style.height = `${Math.max(14, Math.min(most * 0.7, canvas.height * scale))}px`;
  fill(canvas, { role: 'img', 'aria-label': `${shape(tensor)}, ${range(tensor)}` }, []);
  canvas.addEventListener('pointermove', event => tip(event, tensor, canvas));
  canvas.addEventListener('pointerleave', () => tip());
  const part = tensor.planes[0] < tensor.planes[1] ? `, ${tensor.planes[0]} of ${tensor.planes[1]} planes` : tensor.cells[0] < tensor.cells[2] || tensor.cells[1] < tensor.cells[3] ? ', sampled' : '';
  const words = tensor.text ? [element('b', { class: css }, tensor.text), element('br')] : [];
  return element('span', { class: 'tensor' }, canvas, ...words, element('small', {}, `${shape(tensor)}${part}`, element('br'), range(tensor), tensor.strange ? `, ${tensor.strange} NaN or infinite` : ''));
}

/** Below an equation of tensors of one shape: the same equation for the element under the pointer. */
function linked(equation, parts) {
  const canvases = [...equation.querySelectorAll('canvas')];
  if (parts.length < 3 || canvases.length < 2 || !parts.every(part => isNumber(part) || part.levels)) return equation;
  const readout = element('p', { class: 'readout' }, 'point at an element');
  for (const canvas of canvases) canvas.addEventListener('pointermove', event => {
    const bounds = canvas.getBoundingClientRect(), last = parts.at(-1), found = elementAt(last, (event.clientX - bounds.x) / bounds.width, (event.clientY - bounds.y) / bounds.height);
    if (!found) return;
    const [a, b, c] = parts.map(part => isNumber(part) ? number(only(part)) : valueAt(part, found));
    readout.textContent = `${index(last, found.position)}: ${a} · ${b} = ${c}`;
  });
  return element('div', {}, equation, readout);
}

draw();
