// Draws the plots of the report again for the stretch of time that is looked at. Without it the report is whole: the
// pictures and tables are in the page already. Nothing is loaded and nothing is sent.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('report-data').textContent);
  const begin = Date.parse(data.from);
  const end = Date.parse(data.to) - begin; // all times below: milliseconds since begin
  const narrowest = 1000;
  const left = 56, edge = 12, strip = 46, upper = 3, lower = 24, titleRow = 22, below = 4, axis = 30;
  let view = [0, end];
  let cursor = null;
  const plots = [];

  // ---- time and numbers

  const offsetAt = (t) => {
    let minutes = data.offsets[0][1];
    for (const [from, m] of data.offsets) if (t >= from) minutes = m;
    return minutes * 60000;
  };
  const local = (t) => new Date(begin + t + offsetAt(t)); // read with getUTC…
  const two = (n) => String(n).padStart(2, '0');
  const clock = (t, withSeconds) => {
    const d = local(t);
    return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${withSeconds ? `:${two(d.getUTCSeconds())}` : ''}`;
  };
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const day = (t) => `${local(t).getUTCDate()} ${months[local(t).getUTCMonth()]}`;
  const iso = (t) => {
    const minutes = offsetAt(t) / 60000;
    const size = Math.abs(minutes);
    const text = local(t).toISOString().replace('.000', '').slice(0, -1);
    return `${text}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  };
  const shown = (v, decimals) => (v === null || v === undefined ? '–' : v.toFixed(decimals).replace('-', '−'));
  const niceStep = (span, steps) => {
    const raw = span / steps;
    const power = 10 ** Math.floor(Math.log10(raw));
    const times = raw / power;
    return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 2.5 ? 2.5 : times <= 5 ? 5 : 10) * power;
  };
  const decimalsOf = (step) => {
    for (let d = 0; d < 9; ++d) if (Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6 * step * 10 ** d) return d;
    return 9;
  };
  const timeSteps = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 7776000].map((s) => s * 1000);
  function timeTicks(from, to, most) {
    const step = timeSteps.find((s) => (to - from) / s < most) ?? timeSteps.at(-1);
    const ticks = [];
    // From local midnight on; after a change of the clocks from the midnight after it.
    const midnight = (t) => t - (((begin + t + offsetAt(t)) % 86400000) + 86400000) % 86400000;
    for (let t = midnight(from), guard = 0; t <= to && guard < 2000; ++guard) {
      if (t >= from) ticks.push({ t, day: midnight(t) === t, text: midnight(t) === t ? day(t) : clock(t, step < 60000) });
      let next = t + step;
      if (step >= 86400000 || midnight(next) > midnight(t)) {
        const m = midnight(next + 7200000); // a day may have 23 or 25 hours
        if (step >= 86400000 || (m > t && m < next + 3600001)) next = m;
      }
      t = next > t ? next : t + step;
    }
    return ticks;
  }

  // ---- signals: t[i] from when on v[i] held

  const indexAt = (t, at) => {
    let low = 0, high = t.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (t[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const valueAt = (signal, at) => {
    const i = indexAt(signal.t, at);
    return i < 0 ? null : signal.v[i];
  };
  function rangeOf(signal, from, to) {
    let low = Infinity, high = -Infinity;
    for (let i = Math.max(0, indexAt(signal.t, from)); i < signal.t.length && signal.t[i] <= to; ++i) {
      const v = signal.v[i];
      if (v === null) continue;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return [low, high];
  }
  // Steps as steps; where several points share a pixel, one upright line from the least to the greatest of them.
  function pathOf(signal, x, y, factor) {
    let d = '';
    let open = false, column = -1, low = 0, high = 0, last = 0;
    const flush = () => {
      if (open && (low !== last || high !== last)) d += `V${y(high * factor).toFixed(1)}V${y(low * factor).toFixed(1)}V${y(last * factor).toFixed(1)}`;
    };
    for (let i = Math.max(0, indexAt(signal.t, view[0])); i < signal.t.length && signal.t[i] <= view[1]; ++i) {
      const v = signal.v[i];
      const at = x(Math.max(signal.t[i], view[0]));
      const pixel = Math.round(at);
      if (v !== null && open && pixel === column) {
        low = Math.min(low, v);
        high = Math.max(high, v);
        last = v;
        continue;
      }
      flush();
      if (v === null) {
        if (open) d += `H${at.toFixed(1)}`;
        open = false;
        column = -1;
        continue;
      }
      d += open ? `H${at.toFixed(1)}V${y(v * factor).toFixed(1)}` : `M${at.toFixed(1)} ${y(v * factor).toFixed(1)}`;
      open = true;
      column = pixel;
      low = high = last = v;
    }
    flush();
    if (open) d += `H${x(view[1]).toFixed(1)}`;
    return d;
  }

  // ---- drawing

  const svgSpace = 'http://www.w3.org/2000/svg';
  function node(name, attributes, parent, text) {
    const e = document.createElementNS(svgSpace, name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    parent?.append(e);
    return e;
  }
  const shapes = {
    alarm: (x, y) => `M${x} ${y - 1}l6 6l-6 6l-6-6z`,
    warning: (x, y) => `M${x} ${y}l6.5 11h-13z`,
    mark: (x, y) => `M${x} ${y}v12m0-12h9l-3 3.5l3 3.5h-9z`,
    info: (x, y) => `M${x - 2.5} ${y + 4}h5v5h-5z`,
  };

  function draw(plot) {
    const width = Math.max(280, plot.figure.clientWidth);
    const right = width - edge;
    const [from, to] = view;
    const x = (t) => left + ((t - from) / (to - from)) * (right - left);
    plot.time = (px) => from + ((px - left) / (right - left)) * (to - from);
    const bottom = strip + data.lanes.reduce((sum, lane) => sum + titleRow + lane.height + below, 0);
    const svg = node('svg', { viewBox: `0 0 ${width} ${bottom + axis}`, width, height: bottom + axis, role: 'img', 'aria-label': plot.label });
    const ticks = timeTicks(from, to, Math.max(3, Math.floor(width / 100)));
    plot.readouts = [];
    let top = strip;
    for (const lane of data.lanes) {
      const g = node('g', { class: `lane ${lane.name}` }, svg);
      const high = top + titleRow, low = high + lane.height;
      const title = node('text', { class: 'title', x: left, y: top + 15 }, g, `${lane.title} (${lane.unit})`);
      for (const tick of ticks) node('line', { class: 'grid', x1: x(tick.t), x2: x(tick.t), y1: high, y2: low }, g);
      const present = lane.traces.filter((trace) => plot.plant.signals[trace.signal].t.length);
      let least = Infinity, greatest = -Infinity;
      for (const trace of present) {
        const [a, b] = rangeOf(plot.plant.signals[trace.signal], from, to);
        least = Math.min(least, a * lane.factor);
        greatest = Math.max(greatest, b * lane.factor);
      }
      for (const trace of present) {
        if (present.length > 1 && width >= 560) node('tspan', { class: `name ${trace.style}`, dx: 10 }, title, trace.label);
        plot.readouts.push({ signal: plot.plant.signals[trace.signal], lane, span: node('tspan', { class: 'value', dx: 5 }, title, '') });
      }
      if (least <= greatest) {
        if (lane.zero) {
          least = Math.min(least, 0);
          greatest = Math.max(greatest, 0);
        }
        const room = greatest > least ? (greatest - least) * 0.06 : (greatest !== 0 ? Math.abs(greatest) * 0.01 : 0.5);
        least -= room;
        greatest += room;
        const y = (v) => low - ((v - least) / (greatest - least)) * (low - high);
        const step = niceStep(greatest - least, lane.height > 100 ? 5 : 4);
        const decimals = decimalsOf(step);
        for (let v = Math.ceil(least / step) * step; v <= greatest; v += step) {
          const zero = lane.zero && Math.abs(v) < step / 1000;
          node('line', { class: zero ? 'base' : 'grid', x1: left, x2: right, y1: y(v), y2: y(v) }, g);
          node('text', { class: 'tick y', x: left - 6, y: y(v) + 4 }, g, shown(zero ? 0 : v, decimals));
        }
        for (const [a, b] of plot.plant.gaps) {
          if (b < from || a > to) continue;
          const x0 = x(Math.max(a, from));
          node('rect', { class: 'gap', x: x0, y: high, width: Math.max(0.5, x(Math.min(b, to)) - x0), height: lane.height }, g);
        }
        for (const trace of present) node('path', { class: `trace ${trace.style}`, d: pathOf(plot.plant.signals[trace.signal], x, y, lane.factor) }, g);
      } else {
        node('text', { class: 'none', x: left + 8, y: high + 20 }, g, present.length ? 'not known in this stretch' : 'not measured');
      }
      top = low + below;
    }
    for (const flag of plot.plant.flags) {
      const until = flag.until ?? flag.t;
      if (until < from || flag.t > to) continue;
      const x0 = x(Math.max(flag.t, from));
      const y = flag.level === 'mark' ? upper : lower;
      const g = node('g', { class: `flag ${flag.level}` }, svg);
      node('title', {}, g, `${clock(flag.t, true)} ${flag.text}`);
      if (flag.until !== undefined) node('rect', { x: x0, y: y + 16, width: Math.max(1, x(Math.min(until, to)) - x0), height: 3 }, g);
      if (flag.t < from) continue;
      if (flag.level !== 'info') node('line', { x1: x0, x2: x0, y1: y + 16, y2: bottom }, g);
      node('path', { d: (shapes[flag.level] ?? shapes.info)(x0, y) }, g);
    }
    for (const tick of ticks) node('text', { class: tick.day ? 'tick x day' : 'tick x', x: Math.min(Math.max(x(tick.t), left), right - 8), y: bottom + 18 }, svg, tick.text);
    plot.x = x;
    plot.brush = node('rect', { class: 'brush', y: strip, height: bottom - strip, width: 0, x: 0 }, svg);
    plot.hair = node('line', { class: 'cursor', y1: strip - 6, y2: bottom, visibility: 'hidden' }, svg);
    plot.figure.querySelector('svg').replaceWith(svg);
  }

  function showCursor() {
    for (const plot of plots) {
      const inside = cursor !== null && cursor >= view[0] && cursor <= view[1];
      plot.hair.setAttribute('visibility', inside ? 'visible' : 'hidden');
      if (inside) {
        plot.hair.setAttribute('x1', plot.x(cursor));
        plot.hair.setAttribute('x2', plot.x(cursor));
      }
      for (const { signal, lane, span } of plot.readouts) {
        const v = inside ? valueAt(signal, cursor) : null;
        span.textContent = inside ? shown(v === null ? null : v * lane.factor, lane.decimals) : '';
      }
      plot.when.textContent = inside ? `${day(cursor)} ${clock(cursor, true)}` : `${day(view[0])} ${clock(view[0], true)} to ${day(view[1])} ${clock(view[1], true)}`;
    }
  }
  let pending = false;
  function redraw() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      for (const plot of plots) {
        draw(plot);
        plot.reset.disabled = view[0] === 0 && view[1] === end;
      }
      showCursor();
    });
  }
  function look(from, to) {
    let width = Math.min(Math.max(to - from, Math.min(narrowest, end)), end);
    from = Math.min(Math.max(from, 0), end - width);
    view = [from, from + width];
    redraw();
  }
  const zoom = (at, times) => look(at - (at - view[0]) * times, at + (view[1] - at) * times);

  // ---- what people do

  function listen(plot) {
    const { figure } = plot;
    const at = (event) => plot.time(event.clientX - figure.getBoundingClientRect().left);
    const fingers = new Map();
    let from = null;
    let pinch = null;
    figure.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.target.closest('button')) return;
      fingers.set(event.pointerId, event.clientX);
      figure.setPointerCapture(event.pointerId);
      from = fingers.size === 1 ? at(event) : null;
      if (fingers.size === 2) {
        const [a, b] = [...fingers.values()];
        pinch = { apart: Math.max(20, Math.abs(a - b)), view: [...view], middle: plot.time((a + b) / 2 - figure.getBoundingClientRect().left) };
      }
    });
    figure.addEventListener('pointermove', (event) => {
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event.clientX);
      if (pinch && fingers.size === 2) {
        const [a, b] = [...fingers.values()];
        const times = pinch.apart / Math.max(20, Math.abs(a - b));
        look(pinch.middle - (pinch.middle - pinch.view[0]) * times, pinch.middle + (pinch.view[1] - pinch.middle) * times);
        return;
      }
      cursor = Math.min(Math.max(at(event), view[0]), view[1]);
      if (from !== null) {
        const [a, b] = [plot.x(from), plot.x(cursor)].sort((p, q) => p - q);
        plot.brush.setAttribute('x', a);
        plot.brush.setAttribute('width', b - a);
      }
      showCursor();
    });
    const done = (event) => {
      fingers.delete(event.pointerId);
      if (fingers.size < 2) pinch = null;
      if (from === null) return;
      const [a, b] = [from, cursor ?? from].sort((p, q) => p - q);
      from = null;
      plot.brush.setAttribute('width', 0);
      if (event.type === 'pointerup' && plot.x(b) - plot.x(a) > 6) look(a, b);
    };
    figure.addEventListener('pointerup', done);
    figure.addEventListener('pointercancel', done);
    figure.addEventListener('dblclick', () => look(0, end));
    // The page scrolls under the wheel until the plot is chosen by a click or a key.
    figure.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && document.activeElement !== figure) return;
        event.preventDefault();
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          const by = (event.deltaX / figure.clientWidth) * (view[1] - view[0]);
          look(view[0] + by, view[1] + by);
        } else {
          zoom(at(event), 1.0015 ** event.deltaY);
        }
      },
      { passive: false },
    );
    figure.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== figure) return;
      const width = view[1] - view[0];
      const middle = cursor ?? (view[0] + view[1]) / 2;
      const step = (sign) => {
        if (event.shiftKey) return look(view[0] + sign * width * 0.25, view[1] + sign * width * 0.25);
        cursor = Math.min(Math.max(middle + (sign * width) / 100, 0), end);
        if (cursor < view[0] || cursor > view[1]) look(view[0] + sign * width * 0.25, view[1] + sign * width * 0.25);
        else showCursor();
      };
      const keys = {
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
        '+': () => zoom(middle, 0.5),
        '=': () => zoom(middle, 0.5),
        '-': () => zoom(middle, 2),
        Home: () => look(0, width),
        End: () => look(end - width, end),
        0: () => look(0, end),
        Escape: () => look(0, end),
      };
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
  }

  // The picture under the pointer is drawn anew meanwhile, so its own leaving may go unseen.
  document.addEventListener('pointermove', (event) => {
    if (cursor === null || event.target.closest?.('figure.plot')) return;
    cursor = null;
    showCursor();
  });

  // ---- the numbers that are drawn, as a file

  function csv(plant) {
    const times = new Set([view[0]]);
    for (const signal of plant.signals) for (const t of signal.t) if (t >= view[0] && t < view[1]) times.add(t);
    const lines = [['timestamp', ...plant.signals.map((s) => s.name)].join(',')];
    for (const t of [...times].sort((a, b) => a - b)) lines.push([iso(t), ...plant.signals.map((s) => valueAt(s, t) ?? '')].join(','));
    return `${lines.join('\n')}\n`;
  }
  function save(name, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  const fileTime = (t) => iso(t).replace(/[:.]/g, '').replace(/-(?=\d\d-|\d\dT)/g, '');

  for (const figure of document.querySelectorAll('figure.plot')) {
    const plant = data.plants.find((p) => p.id === figure.dataset.plant);
    if (!plant) continue;
    const plot = { figure, plant, label: figure.querySelector('svg').getAttribute('aria-label') };
    figure.classList.add('live');
    figure.tabIndex = 0;
    figure.setAttribute('aria-label', `${plot.label}. Arrow keys move the cursor, with Shift the stretch; plus and minus zoom; 0 shows the whole.`);
    const bar = document.createElement('div');
    bar.className = 'bar';
    plot.when = document.createElement('span');
    const hint = document.createElement('span');
    hint.textContent = 'Drag to zoom; after a click the wheel and + − 0 ← → too';
    const grow = document.createElement('span');
    grow.className = 'grow';
    const button = (text, press) => {
      const b = document.createElement('button');
      b.type = 'button';
      b.textContent = text;
      b.addEventListener('click', press);
      return b;
    };
    plot.reset = button('Whole range', () => look(0, end));
    bar.append(plot.when, grow, hint, plot.reset, button('CSV of what is drawn', () => save(`${plant.id}_${fileTime(view[0])}.csv`, csv(plant))));
    figure.after(bar);
    plots.push(plot);
    listen(plot);
  }
  let known = 0;
  addEventListener('resize', () => {
    if (innerWidth !== known) redraw();
    known = innerWidth;
  });
  // What is folded is printed too, but for the long tables.
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) if (!details.querySelector('.numbers')) details.open = true;
  });
  redraw();
})();
