'use strict';

// Curves over steps, drawn by uPlot: each chart has a title, named axes, and a button for each of its lines that shows the line's value and hides it.

const dashes = [[], [9, 4], [2, 3], [12, 4, 2, 4], [5, 3], [16, 5]];
const colors = ['--blue', '--orange', '--green', '--pink', '--brown', '--grey'];

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A number in few characters. */
function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) return Number(value.toPrecision(3)).toExponential().replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

/** The exponential moving average of what is there, without the pull of its first value to either side (D. P. Kingma, J. Ba, 2015, section 3). */
function smoothed(values, weight) {
  let sum = 0, share = 0;
  return values.map(value => {
    if (value === null || value === undefined) return value;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}

/** The value below which a share of the numbers is. */
function quantile(values, share) {
  const sorted = values.filter(value => value !== null && value !== undefined).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

/** The range of an axis around the numbers that are shown, with a little air. */
function around(low, high, log, zero) {
  if (low === null || high === null || low === undefined) return log ? [0.1, 1] : [0, 1];
  if (zero && !log && low >= 0 && high > 0) return [0, high * 1.1];
  if (log) {
    const air = low === high ? 2 : Math.max(1.1, (high / low) ** 0.04);
    return [low / air, high * air];
  }
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return [low >= 0 && low < air * 4 ? 0 : low - air, high + air];
}

/** Where a logarithmic axis has its marks: some six, at round numbers. */
function logarithmicMarks(low, high) {
  const powers = Math.log10(high / low), every = Math.ceil(powers / 7), marks = [];
  const rounds = powers > 3 ? [1] : powers > 1.2 ? [1, 2, 5] : powers > 0.5 ? [1, 1.5, 2, 3, 4, 6] : [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    if (power % every === 0) marks.push(...rounds.map(round => round * 10 ** power).filter(mark => mark >= low && mark <= high));
  }
  return marks;
}

/**
 * Draws a chart into a place.
 * lines: { name, x, y, color, dash, width, faint, dots }; options: { title, unit, steps, log, top, zero, whole, zoom, hidden, onZoom, onHide }.
 */
function drawChart(place, lines, options) {
  place.innerHTML = '<h3></h3><div class="lines"></div><div class="plot"></div>';
  place.firstChild.textContent = options.title;
  const plot = place.lastChild;
  const positive = options.log ? value => (value > 0 ? value : null) : value => value;
  const data = uPlot.join(lines.map(line => [line.x, line.y.map(positive)]));
  const steps = data[0];
  const first = steps[0], last = steps.at(-1);
  const axis = {
    stroke: () => color('--soft'), font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif', labelSize: 18,
    grid: { stroke: () => color('--line'), width: 1 }, ticks: { stroke: () => color('--line'), width: 1, size: 5 },
  };
  const canvas = document.createElement('canvas').getContext('2d');
  canvas.font = axis.font;
  const sync = { key: 'steps', scales: ['x', null], filters: { pub: kind => kind === 'mousemove' || kind === 'mouseleave' } };
  let buttons = [];
  const whole = options.whole;

  const chart = new uPlot({
    width: plot.clientWidth, height: plot.clientHeight, legend: { show: false }, cursor: { sync, drag: { x: true, y: false, setScale: true }, points: { size: 7 }, bind: { dblclick: () => () => options.onZoom(null) } },
    scales: {
      x: { time: false, range: (_, low, high) => (low === high || low === null ? whole : [low, high]) },
      y: { distr: options.log ? 3 : 1, range: (_, low, high) => around(low, options.top && !options.log && high > options.top ? options.top : high, options.log, options.zero) },
    },
    axes: [
      { ...axis, label: options.steps, size: 30, space: 60, values: (_, ticks) => ticks.map(tick => (Number.isInteger(tick) ? String(tick) : '')) },
      {
        ...axis, label: options.unit, space: 32, ...(options.log ? { splits: (_, __, low, high) => logarithmicMarks(low, high), filter: (_, marks) => marks } : {}),
        values: (_, ticks) => ticks.map(tick => (tick === null ? '' : short(tick))),
        size: (_, ticks) => 16 + Math.max(18, ...(ticks ?? []).map(tick => canvas.measureText(tick).width)),
      },
    ],
    series: [
      { label: 'step' },
      ...lines.map(line => ({
        label: line.name, show: !options.hidden.includes(line.name), spanGaps: true, width: line.width ?? 1.75, dash: line.dash,
        stroke: () => color(line.color) + (line.faint ? '55' : ''),
        points: { show: line.dots ?? false, size: 6, fill: () => color(line.color) },
      })),
    ],
    hooks: {
      setCursor: [chart => showValues(chart.cursor.idx)],
      setScale: [(chart, key) => {
        if (key !== 'x' || !chart.ready) return;
        const { min, max } = chart.scales.x;
        options.onZoom(min <= whole[0] && max >= whole[1] ? null : [min, max]);
      }],
    },
  }, data, plot);
  const [min, max] = options.zoom ?? whole;
  chart.setScale('x', { min, max });
  chart.ready = true;

  buttons = lines.map((line, i) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.innerHTML = `<svg width="26" height="8" aria-hidden="true"><line x1="0" x2="26" y1="4" y2="4" stroke="var(${line.color})" stroke-width="${line.faint ? 1 : 2.5}"
      stroke-dasharray="${(line.dash ?? []).join(' ')}" opacity="${line.faint ? 0.6 : 1}"/>${line.dots ? `<circle cx="13" cy="4" r="3.4" fill="var(${line.color})"/>` : ''}</svg><span></span> <b></b>`;
    button.querySelector('span').textContent = line.name;
    button.setAttribute('aria-pressed', String(!options.hidden.includes(line.name)));
    button.onclick = () => {
      const show = !chart.series[i + 1].show;
      chart.setSeries(i + 1, { show });
      button.setAttribute('aria-pressed', String(show));
      options.onHide(line.name, !show);
    };
    place.children[1].append(button);
    return button;
  });

  /** The values at a step, or where the pointer is elsewhere the last ones. */
  function showValues(index) {
    buttons.forEach((button, i) => {
      const values = data[i + 1];
      let at = index ?? values.length - 1;
      while (at > 0 && (values[at] === null || values[at] === undefined)) at--;
      button.querySelector('b').textContent = short(values[at]);
    });
  }
  showValues(null);
  plot.querySelector('canvas').setAttribute('role', 'img');
  plot.querySelector('canvas').setAttribute('aria-label', `${options.title}, ${options.unit}, from step ${first} to ${last}: ${lines.map(line => `${line.name} ends at ${short(line.y.findLast(y => y !== null))}`).join('; ')}`);
  return chart;
}
