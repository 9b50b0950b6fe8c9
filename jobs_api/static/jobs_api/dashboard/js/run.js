/* The output of a run: it goes on by itself while the run does, one searches in it, wraps it and copies it.

   A part of it ends with its last whole line; the line after that is sent again with the next part, so that a bar
   of progress is written over as in a terminal. The box scrolls only while one follows: who scrolls up stays there. */
(() => {
  "use strict";
  const card = document.getElementById("output");
  if (!card) return;
  document.querySelectorAll("main [data-js]").forEach((each) => { each.hidden = false; });
  document.addEventListener("jobs:refreshed", () => document.querySelectorAll("main [data-js]").forEach((each) => { each.hidden = false; }));
  const part = (name) => document.getElementById(`output-${name}`);
  const box = part("box"), text = part("text"), told = card.dataset;
  const EVERY = 1500, WAITING = 3000, AWAY = 6000, TELL = 10_000;
  const state = { attempt: Number(told.attempt), next: told.next || "0", size: told.size || "0", style: told.style || "", live: told.live === "1", rev: "" };
  const now = () => document.getElementById("run-now")?.dataset || {};

  /* What the eyes prefer stays as it was chosen. */
  const choose = (name, on) => {
    card.classList.toggle(name, on);
    try { localStorage.setItem(`jobs_${name}`, on ? "1" : ""); } catch { /* a browser may keep nothing */ }
  };
  const chosen = (name) => { try { return localStorage.getItem(`jobs_${name}`) === "1"; } catch { return false; } };
  part("wrap").checked = chosen("wrap");
  part("times").checked = !chosen("no-times");
  const dress = () => { choose("wrap", part("wrap").checked); choose("no-times", !part("times").checked); };
  dress();
  part("wrap").addEventListener("change", dress);
  part("times").addEventListener("change", dress);

  /* Following */
  const follow = part("follow");
  const atEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  const toEnd = () => { box.scrollTop = box.scrollHeight; };
  let scrolled = 0;
  box.addEventListener("scroll", () => {
    if (state.live && Math.abs(box.scrollTop - scrolled) > 2) follow.checked = atEnd();
    scrolled = box.scrollTop;
  });
  follow.addEventListener("change", () => follow.checked && toEnd());
  if (state.live) { toEnd(); scrolled = box.scrollTop; }

  const line = (name, words, number) => {
    const element = document.createElement("span");
    element.className = name;
    element.textContent = words.replace("%n", Number(number).toLocaleString(document.documentElement.lang)) + "\n";
    return element;
  };
  const append = (news) => {
    const open = part("open");
    let lines = 0;
    for (const block of news.blocks) {
      if (block.gap) open.before(line("gap", told.gap, block.gap));
      if (block.dropped) open.before(line("gap", told.dropped, block.dropped));
      if (!block.html) continue;
      const template = document.createElement("template");
      template.innerHTML = block.html;
      lines += block.html.split("\n").length - 1;
      open.before(template.content);
    }
    open.innerHTML = news.open;
    state.next = news.next;
    state.size = news.size;
    state.style = news.style;
    part("size").textContent = news.length;
    if (news.has_times) part("times-label").hidden = false;
    if (text.textContent) part("empty").hidden = true;
    announce(lines);
    search(false);
    if (follow.checked) { toEnd(); scrolled = box.scrollTop; }
  };
  /* Those who hear the page are told how much has come, not each line. */
  let unheard = 0, heardAt = 0;
  const announce = (lines) => {
    unheard += lines;
    if (!unheard || Date.now() - heardAt < TELL) return;
    part("news").textContent = told.lines.replace("%n", unheard);
    unheard = 0;
    heardAt = Date.now();
  };
  const begin = (attempt) => {
    Object.assign(state, { attempt, next: "0", size: "-", style: "" });
    if (text.textContent) part("open").before(line("begins", told.begins, attempt));
    part("of").textContent = told.of.replace("%n", attempt);
    const download = part("download");
    download.href = download.href.replace(/attempt=\d+/, `attempt=${attempt}`);
    download.hidden = part("about").hidden = false;
    card.classList.remove("bare");
  };
  const over = () => {
    state.live = false;
    part("follow-label").hidden = true;
    if (unheard) { heardAt = 0; announce(0); }
    part("news").textContent = told.ended;
  };

  let timer = 0, asking = false;
  const later = (pause) => { clearTimeout(timer); timer = setTimeout(ask, pause); };
  const ask = async () => {
    if (asking || !state.live || document.hidden) return;
    asking = true;
    let pause = EVERY;
    try {
      const query = new URLSearchParams({ attempt: state.attempt, from: state.next, size: state.size, style: state.style });
      const answer = await fetch(`${told.url}?${query}`, { headers: { "HX-Request": "true", "HX-Current-URL": location.href }, credentials: "same-origin" });
      if (answer.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
      if (answer.status === 404) return over();
      if (!answer.ok) throw new Error(String(answer.status));
      pause = take(await answer.json());
    } catch {
      part("news").textContent = told.away;
      pause = AWAY;
    } finally {
      asking = false;
    }
    if (state.live) later(pause);
  };
  const take = (news) => {
    if (news.blocks) append(news);
    if (state.rev && news.rev !== state.rev) window.jobs.refresh?.();
    state.rev = news.rev;
    if (!news.complete) return news.attempt ? EVERY : WAITING;
    if (told.follows && news.newest > news.attempt) { begin(news.newest); return 0; }
    over();
    return 0;
  };
  /* Somebody reran it, or it has begun: the page knows, and the output goes on. */
  document.addEventListener("jobs:refreshed", () => {
    const { newest, live, rev } = now();
    if (!told.follows || state.live || !live) return;
    if (Number(newest) !== state.attempt) begin(Number(newest));
    Object.assign(state, { live: true, rev });
    part("follow-label").hidden = false;
    follow.checked = true;
    later(0);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && state.live) later(0); });
  state.rev = now().rev || "";
  if (state.live) later(EVERY);

  /* Of bars that are wider than the page, what happens now is seen first. */
  const bars = document.querySelector(".gantt-scroll");
  if (bars && now().live) bars.scrollLeft = bars.scrollWidth;

  /* Searching in what is here */
  const field = part("find"), marks = window.CSS?.highlights;
  let hits = [], here = -1;
  const ranges = (wanted) => {
    const found = [], walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const nodes = [];
    let whole = "";
    for (let node = walker.nextNode(); node; node = walker.nextNode()) { nodes.push([whole.length, node]); whole += node.data; }
    /* Some letters become two in lower case: then places would be wrong, and the case has to be right. */
    const small = whole.toLowerCase(), lower = small.length === whole.length ? wanted.toLowerCase() : wanted;
    if (small.length === whole.length) whole = small;
    const place = (offset, from) => { let index = from; while (index + 1 < nodes.length && nodes[index + 1][0] <= offset) index += 1; return index; };
    let index = 0;
    for (let at = whole.indexOf(lower); at >= 0 && found.length < 5000; at = whole.indexOf(lower, at + lower.length)) {
      index = place(at, index);
      const range = document.createRange(), last = place(at + lower.length - 1, index);
      range.setStart(nodes[index][1], at - nodes[index][0]);
      range.setEnd(nodes[last][1], at + lower.length - nodes[last][0]);
      found.push(range);
    }
    return found;
  };
  const search = (moves) => {
    const wanted = field.value;
    hits = wanted ? ranges(wanted) : [];
    if (moves || here >= hits.length) here = hits.length ? 0 : -1;
    part("previous").hidden = part("next").hidden = !hits.length;
    show(moves);
  };
  const show = (moves) => {
    part("hits").textContent = !field.value ? "" : hits.length ? told.hits.replace("%i", here + 1).replace("%n", hits.length.toLocaleString(document.documentElement.lang)) : told.none;
    if (marks) {
      marks.set("output-hit", new Highlight(...hits));
      marks.set("output-here", new Highlight(...hits.slice(here, here + 1)));
    } else if (moves && hits[here]) getSelection().setBaseAndExtent(hits[here].startContainer, hits[here].startOffset, hits[here].endContainer, hits[here].endOffset);
    if (moves && hits[here]) reveal(hits[here]);
  };
  const reveal = (range) => {
    const inside = box.getBoundingClientRect(), hit = range.getBoundingClientRect();
    follow.checked = false;
    if (hit.top < inside.top || hit.bottom > inside.bottom) box.scrollTop += hit.top - inside.top - inside.height / 3;
    if (hit.left < inside.left || hit.right > inside.right) box.scrollLeft += hit.left - inside.left - inside.width / 3;
    scrolled = box.scrollTop;
  };
  const step = (by) => {
    if (!hits.length) return;
    here = (here + by + hits.length) % hits.length;
    show(true);
  };
  field.addEventListener("input", () => search(true));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
    if (event.key === "Escape" && field.value) { event.preventDefault(); field.value = ""; search(true); }
  });
  part("next").addEventListener("click", () => step(1));
  part("previous").addEventListener("click", () => step(-1));
})();
