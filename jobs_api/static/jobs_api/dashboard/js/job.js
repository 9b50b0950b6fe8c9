/* The durations of a job as a plot that zooms. Without it, the drawing of the server stays. */
(() => {
  "use strict";
  const HEIGHT = 196;
  const language = document.documentElement.lang.startsWith("en") ? "en-GB" : document.documentElement.lang;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const span = (seconds) => {
    const two = (large, first, small, second) => {
      const rest = Math.floor((seconds % large) / small);
      return `${Math.floor(seconds / large)} ${first}` + (rest ? ` ${String(rest).padStart(2, "0")} ${second}` : "");
    };
    if (seconds === 0) return "0 s";
    if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 9.95) return `${seconds.toLocaleString(language, { maximumFractionDigits: 1 })} s`;
    seconds = Math.round(seconds);
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return two(60, "m", 1, "s");
    return seconds < 86400 ? two(3600, "h", 60, "m") : two(86400, "d", 3600, "h");
  };

  /* One plot: what it shows, and what is drawn of it. */
  let plot = null, data = null, holder = null, shown = "", read = null;
  const axesOf = (element) => element.parentElement.querySelector(".job-axes");
  const wide = () => Math.max(200, Math.floor(holder.parentElement.clientWidth));
  const told = (seconds, form) => new Intl.DateTimeFormat(language, { timeZone: holder.dataset.zone, ...form }).format(new Date(seconds * 1000));
  const when = (seconds) => told(seconds, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  const shapes = {
    ok: (ctx, x, y, r) => { ctx.arc(x, y, 2.6 * r, 0, 7); ctx.fill(); },
    late: (ctx, x, y, r) => { ctx.moveTo(x, y - 4 * r); ctx.lineTo(x + 3.8 * r, y + 3 * r); ctx.lineTo(x - 3.8 * r, y + 3 * r); ctx.fill(); },
    fail: (ctx, x, y, r) => { ctx.moveTo(x, y - 5 * r); ctx.lineTo(x + 5 * r, y); ctx.lineTo(x, y + 5 * r); ctx.lineTo(x - 5 * r, y); ctx.fill(); },
    idle: (ctx, x, y, r) => { ctx.moveTo(x - 3 * r, y - 3 * r); ctx.lineTo(x + 3 * r, y + 3 * r); ctx.moveTo(x + 3 * r, y - 3 * r); ctx.lineTo(x - 3 * r, y + 3 * r); ctx.stroke(); },
  };
  const follow = (ctx, spots) => spots.forEach(([left, top], place) => (place ? ctx.lineTo(left, top) : ctx.moveTo(left, top)));
  /* The usual range goes on to both edges. */
  const edges = () => {
    const first = data.usual[0], last = data.usual[data.usual.length - 1];
    return [[Math.min(data.from, first[0]), ...first.slice(1)], ...data.usual, [Math.max(data.to, last[0]), ...last.slice(1)]];
  };
  const drawMiddle = (self) => {
    const { ctx, bbox } = self;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = css("--text");
    ctx.lineWidth = 1.4 * devicePixelRatio;
    ctx.beginPath();
    follow(ctx, edges().map((each) => [self.valToPos(each[0], "x", true), self.valToPos(each[2], "y", true)]));
    ctx.stroke();
    ctx.restore();
  };
  /* The usual range as a band, and what it is at the right edge. */
  const drawUsual = (self) => {
    const { ctx, bbox } = self, ratio = devicePixelRatio, right = bbox.left + bbox.width;
    const x = (seconds) => self.valToPos(seconds, "x", true), y = (seconds) => self.valToPos(seconds, "y", true);
    const all = edges(), last = all[all.length - 1];
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = css("--line");
    ctx.beginPath();
    follow(ctx, [...all.map((each) => [x(each[0]), y(each[3])]), ...all.map((each) => [x(each[0]), y(each[1])]).reverse()]);
    ctx.fill();
    ctx.restore();
    let above = bbox.top - 15 * ratio;
    const labels = [["p95", last[3]], ["p50", last[2]], ["p5", last[1]]].map(([name, value]) => [name, value, (above = Math.max(y(value), above + 15 * ratio))]);
    const over = Math.max(above - bbox.top - bbox.height, 0);
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const [name, value, top] of labels) {
      ctx.font = `${name === "p50" ? 600 : 400} ${11 * ratio}px ${css("--sans")}`;
      ctx.fillStyle = css(name === "p50" ? "--text" : "--muted");
      ctx.fillText(`${name} ${span(value)}`, right + 8 * ratio, top - over);
    }
  };
  const drawRuns = (self) => {
    const { ctx, bbox } = self, ratio = self.pxRatio ?? devicePixelRatio;
    const colours = { ok: css("--ok-f"), late: css("--late-f"), fail: css("--fail-f"), idle: css("--idle-f") };
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left - 6, bbox.top - 6, bbox.width + 12, bbox.height + 12);
    ctx.clip();
    const seen = data.runs.filter(([slot]) => slot >= self.scales.x.min && slot <= self.scales.x.max);
    const crowd = seen.length > 1000 ? 0.45 : seen.length > 150 ? 0.6 : 1;
    const draw = ([slot, seconds, kind]) => {
      const well = kind === "ok";
      ctx.fillStyle = ctx.strokeStyle = colours[kind];
      ctx.globalAlpha = well && crowd < 1 ? 0.7 : 1;
      ctx.beginPath();
      shapes[kind](ctx, self.valToPos(slot, "x", true), Math.max(self.valToPos(seconds, "y", true), bbox.top), ratio * (well ? crowd : 1));
    };
    seen.filter((run) => run[2] === "ok").forEach(draw);
    ctx.globalAlpha = 1;
    drawMiddle(self);
    seen.filter((run) => run[2] !== "ok").forEach(draw);
    ctx.restore();
  };
  const nearest = (self) => {
    const { left, top } = self.cursor;
    if (left === undefined || left < 0) return null;
    let found = null, least = 900;
    for (const run of data.runs) {
      const far = (self.valToPos(run[0], "x") - left) ** 2 + (self.valToPos(run[1], "y") - top) ** 2;
      if (far < least) [found, least] = [run, far];
    }
    return found;
  };
  const tell = (self) => {
    const run = nearest(self);
    read.text.textContent = run ? `${when(run[0])} · ${span(run[1])} · ${holder.dataset.runWord} ${run[3]}` : holder.dataset.hint;
    self.over.classList.toggle("over-run", Boolean(run));
  };
  const top = (least, most) => {
    const ends = data.usual.map((each) => each[3]);
    const longest = data.runs.reduce((far, run) => (run[0] >= least && run[0] <= most && run[1] > far ? run[1] : far), 0);
    const usual = Math.max(...ends, 0);
    return Math.max(usual ? Math.min(longest, usual * 5) : longest, usual, 0.001) * 1.08;
  };
  /* Room for the labels at the right edge. */
  const edge = () => {
    const last = data.usual[data.usual.length - 1];
    return 16 + 6.4 * Math.max(...last.slice(1).map((each) => span(each).length + 4));
  };
  const options = () => ({
    width: wide(),
    height: HEIGHT,
    padding: [10, edge(), 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), holder.dataset.zone),
    scales: { x: { time: true, min: data.from, max: data.to }, y: { range: (self) => [0, top(self.scales.x.min ?? data.from, self.scales.x.max ?? data.to)] } },
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, dist: 5 } },
    axes: [
      { stroke: css("--muted"), grid: { show: false }, ticks: { show: false }, size: 26, space: 70, font: `11px ${css("--sans")}`, values: (self, splits, axis, space, step) => splits.map((each) => (step >= 86400 ? told(each, { day: "numeric", month: "short" }) : told(each, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }))) },
      { stroke: css("--muted"), grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false }, size: (self, values) => 12 + 6.4 * Math.max(4, ...(values || []).map((each) => each.length)), gap: 6, font: `11px ${css("--sans")}`, incrs: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400], values: (self, splits) => splits.map(span) },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { drawAxes: [drawUsual], draw: [drawRuns], setCursor: [tell], setScale: [zoomed] },
  });
  const columns = () => [data.runs.map((run) => run[0]), data.runs.map((run) => run[1])];
  const zoomed = (self) => { if (read) read.reset.hidden = self.scales.x.min <= data.from && self.scales.x.max >= data.to; };
  const build = () => {
    const kept = plot && { min: plot.scales.x.min, max: plot.scales.x.max };
    plot?.destroy();
    holder.replaceChildren();
    plot = new uPlot(options(), columns(), holder);
    plot.over.addEventListener("click", () => {
      const run = nearest(plot);
      if (run && !plot.select.width) location.assign(holder.dataset.run.replace("/0/", `/${run[3]}/`));
    });
    const line = document.createElement("div"), text = document.createElement("span"), reset = document.createElement("button");
    line.className = "job-read";
    reset.type = "button";
    reset.className = "plain small k-accent";
    reset.textContent = holder.dataset.reset;
    reset.hidden = true;
    reset.addEventListener("click", () => plot.setScale("x", { min: data.from, max: data.to }));
    text.textContent = holder.dataset.hint;
    line.append(text, reset);
    holder.append(line);
    read = { text, reset };
    if (kept && kept.min > data.from) plot.setScale("x", kept);
  };
  const number = () => {
    const count = document.getElementById("durations-count");
    if (count && data.runs.length > 1) count.textContent = count.dataset.words.replace("%n", data.runs.length.toLocaleString(language));
  };
  const load = async () => {
    const element = document.getElementById("durations-plot");
    if (!element || !window.uPlot) return;
    const axes = axesOf(element);
    if (element === holder && plot && axes.dataset.rev === shown) return number();
    try {
      const answer = await fetch(element.dataset.source, { credentials: "same-origin" });
      if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return;
      const fresh = await answer.json();
      if (!fresh.usual.length || !fresh.runs.length) return;
      if (element !== holder) plot = null;
      [data, holder, shown] = [fresh, element, axes.dataset.rev];
      build();
      number();
    } catch { /* The drawing of the server stays. */ }
  };
  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => plot?.setSize({ width: wide(), height: HEIGHT }), 100);
  });
  document.addEventListener("jobs:theme", () => plot && build());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot && build());
  document.addEventListener("jobs:refreshed", load);
  load();
})();
