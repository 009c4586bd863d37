'use strict';

const { runs, silence, written } = JSON.parse(document.getElementById('data').textContent);
const several = runs.length > 1, follows = silence !== null;
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
const bytes = count => (count < 1e4 ? `${grouped(count)} B` : count < 1e7 ? `${Math.round(count / 1000)} kB` : `${Math.round(count / 1e6)} MB`);

/** A time in one unit or two; it is rounded before it is divided. */
function duration(seconds) {
  const whole = Math.round(seconds), minutes = Math.round(seconds / 60);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (whole < 100) return `${whole} s`;
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const last = values => values?.findLast(value => value !== null) ?? null;
const total = values => values.reduce((sum, value) => sum + (value ?? 0), 0);

// What the reader has chosen stays when the page is loaded again.

const key = `report ${location.pathname}`;
const state = { log: false, smoothing: 0.8, zoom: null, hidden: [], run: 0, kind: 'weight', allMistakes: false, allLayers: false, follows: true, scroll: 0, focus: null };
try {
  Object.assign(state, JSON.parse(sessionStorage.getItem(key)));
} catch { /* storage may be off, or another version's */ }
if (state.run >= runs.length) state.run = 0;

function keep() {
  state.scroll = scrollY;
  state.focus = focused();
  try {
    sessionStorage.setItem(key, JSON.stringify(state));
  } catch { /* then it is forgotten */ }
}

const focusable = 'button, input, select, summary, [tabindex]';

/** Where the focus is: the part of the page that has a name, and the number in it; -1 for the part itself. */
function focused() {
  const part = document.activeElement?.closest('[id]');
  return part ? [part.id, [...part.querySelectorAll(focusable)].indexOf(document.activeElement)] : null;
}

function restoreFocus([id, number]) {
  const part = document.getElementById(id);
  (number < 0 ? part : part?.querySelectorAll(focusable)[number])?.focus({ preventScroll: true });
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
function results({ start, epochs, steps, best_accuracy: best, seconds }) {
  const judged = epochs.validation ?? epochs.train, of = epochs.validation ? 'validation ' : 'training ', found = [];
  if (judged?.accuracy) found.push([`${of}accuracy`, percent(last(judged.accuracy))], ['best', percent(best)]);
  if (judged) found.push([`${of}loss`, short(last(judged.loss))]);
  if (epochs.train) found.push(['training loss', short(last(epochs.train.loss))]);
  else if (steps.loss.length) found.push(['training loss', short(last(steps.loss))]);
  found.push(['parameters', grouped(start.parameters)]);
  if (seconds) found.push(['training time', duration(seconds)], ['examples a second', grouped(Math.round(start.train_examples * last(epochs.epoch) / seconds))]);
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

/** A colour and a dash for each line: where the colours begin again, the dashes are others. */
const look = i => ({ color: colors[i % colors.length], dash: dashes[(i + Math.floor(i / colors.length)) % dashes.length] });

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
  place.replaceChildren(...all.map(chart => element('figure', { id: `chart-${chart.id}` })));
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

// Watching

function follow() {
  if (!follows) return;
  const seconds = Math.min(30, Math.max(3, last(runs[0].epochs.seconds) ?? 3));
  const quiet = (Date.now() - Date.parse(written)) / 1000;
  if (quiet > silence) {
    find('#status').textContent += `; nothing was heard of it for ${duration(quiet)}: it may have been killed, or its log can't be written`;
    find('#status').className = 'bad';
  }
  const choice = find('#follows');
  find('#follow').hidden = false;
  choice.checked = state.follows;
  choice.onchange = () => {
    state.follows = choice.checked;
    keep();
  };
  let touched = 0, pressed = false, types = false;
  addEventListener('pointerdown', event => (pressed = event.button === 0));
  for (const kind of ['pointerup', 'pointercancel']) addEventListener(kind, () => (pressed = false)); // the latter where a finger scrolls
  addEventListener('input', event => (types = event.target.type === 'number'));
  for (const kind of ['change', 'focusout']) addEventListener(kind, () => (types = false));
  for (const kind of ['pointerdown', 'pointerup', 'keydown', 'wheel']) addEventListener(kind, () => (touched = Date.now()), { passive: true });
  setInterval(() => {
    if (!state.follows || pressed || types || document.hidden || Date.now() - touched < 2000) return;
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
if (state.focus) restoreFocus(state.focus);
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
