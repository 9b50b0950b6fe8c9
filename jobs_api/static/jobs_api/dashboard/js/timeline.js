/* The timeline with a mouse and with keys. Without it, everything is a link or in the table.

   A run is found within a few pixels of the pointer, and by the left and right arrows on a row that has the focus.
   Dragging over the plot zooms in; + and - zoom, [ and ] go earlier and later. */
(() => {
  "use strict";
  const NEAR = 8, DRAG = 12;
  const scroll = () => document.getElementById("tl-scroll"), tip = () => document.getElementById("tl-tip");
  const keysOn = () => !/(^|; )jobs_keys=off/.test(document.cookie);
  let chosen = null;

  const box = (mark) => mark.getBoundingClientRect();
  const middle = (mark) => box(mark).left + box(mark).width / 2;
  const marksOf = (lane) => [...lane.querySelectorAll(":scope > a, :scope > g")];
  const choose = (mark, x, y) => {
    if (chosen !== mark) chosen?.classList.remove("at");
    chosen = mark;
    const told = tip();
    if (!told) return;
    told.hidden = !mark;
    if (!mark) return;
    mark.classList.add("at");
    const text = mark.querySelector("title, desc")?.textContent || "";
    if (told.textContent !== text) told.textContent = text;
    const width = told.offsetWidth, place = Math.max(8, Math.min(innerWidth - width - 8, (x ?? middle(mark)) - width / 2));
    const top = (y ?? box(mark).top) - told.offsetHeight - 14;
    told.style.left = `${place}px`;
    told.style.top = `${top < 8 ? (y ?? box(mark).bottom) + 18 : top}px`;
  };

  /* The nearest mark of a lane; its own title would come late, and twice. */
  const nearest = (event) => {
    const lane = event.target.closest?.(".tl-row td")?.querySelector(".tl-lane");
    if (!lane) return null;
    let best = null, least = NEAR;
    for (const mark of marksOf(lane)) {
      const { left, right } = box(mark), away = Math.max(left - event.clientX, event.clientX - right, 0);
      if (away < least) { least = away; best = mark; }
    }
    return best;
  };
  const quiet = (root) => root.querySelectorAll(".tl-lane title").forEach((title) => {
    const words = document.createElementNS("http://www.w3.org/2000/svg", "desc");
    words.textContent = title.textContent;
    title.replaceWith(words);
  });
  let resting = null;
  document.addEventListener("pointermove", (event) => {
    if (drag) return dragging(event);
    if (event.pointerType === "touch" || !event.target.closest?.("#tl")) return chosen && !focused() ? choose(null) : undefined;
    const mark = nearest(event);
    event.target.closest(".tl-row td")?.classList.toggle("tl-hit", mark?.localName === "a");
    if (resting !== event.target) resting = event.target;
    choose(mark, event.clientX, event.clientY);
  });
  document.addEventListener("pointerleave", () => choose(null));
  document.addEventListener("scroll", () => choose(null), { passive: true, capture: true });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".tl-row td") || event.defaultPrevented) return;
    if (dragged) { event.preventDefault(); dragged = false; return; }
    const mark = nearest(event);
    if (!mark || mark.localName !== "a" || event.target.closest("a")) return;
    if (event.ctrlKey || event.metaKey) window.open(mark.href.baseVal, "_blank", "noopener");
    else location.assign(mark.href.baseVal);
  });

  /* Drag to zoom. */
  let drag = null, dragged = false;
  const back = () => document.querySelector(".tl-back");
  const share = (x) => { const { left, width } = box(back()); return Math.min(Math.max((x - left) / width, 0), 1); };
  document.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.button || event.pointerType === "touch" || !event.target.closest?.(".tl-row td, .tl-crowd td, .tl-axis th + th")) return;
    event.preventDefault(); /* No text is selected, no link dragged, and no mark in a hidden drawing takes the focus. */
    if (document.activeElement !== document.body) document.activeElement.blur?.();
    drag = { from: event.clientX, pick: null };
  });
  const dragging = (event) => {
    if (Math.abs(event.clientX - drag.from) < DRAG && !drag.pick) return;
    choose(null);
    if (!drag.pick) {
      drag.pick = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      drag.pick.setAttribute("class", "tl-pick");
      drag.pick.setAttribute("height", "10");
      back().append(drag.pick);
    }
    const [first, last] = [share(drag.from), share(event.clientX)].sort((a, b) => a - b);
    drag.pick.setAttribute("x", String(first * 1000));
    drag.pick.setAttribute("width", String((last - first) * 1000));
  };
  document.addEventListener("pointerup", (event) => {
    const done = drag;
    drag = null;
    if (!done?.pick) return;
    dragged = true;
    done.pick.remove();
    zoom(...[share(done.from), share(event.clientX)].sort((a, b) => a - b));
  });
  document.addEventListener("pointercancel", () => { drag?.pick?.remove(); drag = null; });
  const zoom = (first, last) => {
    const { start, end } = scroll().dataset, length = end - start, round = (seconds) => Math.round(seconds / 60) * 60;
    const from = round(Number(start) + first * length), to = Math.max(round(Number(start) + last * length), from + 900);
    const stamp = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16) + "Z";
    const address = new URL(location.href);
    for (const name of ["range", "page"]) address.searchParams.delete(name);
    address.searchParams.set("from", stamp(from));
    address.searchParams.set("to", stamp(to));
    location.assign(address);
  };

  /* Keys. */
  const focused = () => document.activeElement?.matches?.(".tl-row") ? document.activeElement : null;
  const step = (by) => {
    const marks = marksOf(focused().querySelector(".tl-lane")).sort((a, b) => middle(a) - middle(b));
    if (!marks.length) return;
    const here = marks.indexOf(chosen), next = here < 0 ? (by < 0 ? marks.length - 1 : 0) : here + by;
    const mark = marks[Math.min(Math.max(next, 0), marks.length - 1)], frame = scroll();
    const { left, right } = box(frame);
    if (middle(mark) < left || middle(mark) > right) frame.scrollLeft += middle(mark) - (left + right) / 2;
    choose(mark);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("input, select, textarea")) return;
    const lane = focused();
    if (lane && (event.key === "ArrowLeft" || event.key === "ArrowRight")) { event.preventDefault(); step(event.key === "ArrowLeft" ? -1 : 1); return; }
    if (event.key === "Escape" && chosen) { choose(null); return; }
    if (lane && event.key === "Enter" && chosen && lane.contains(chosen)) {
      event.preventDefault();
      if (chosen.localName === "a") location.assign(chosen.href.baseVal);
      return;
    }
    const to = { "+": "nearer", "-": "further", "[": "earlier", "]": "later" }[event.key];
    const link = to && keysOn() && document.querySelector(`[data-tl="${to}"]`);
    if (link) { event.preventDefault(); location.assign(link.href); }
  }, true);
  document.addEventListener("focusout", (event) => { if (event.target.matches?.(".tl-row")) choose(null); });

  /* Fields act at once; a plot that is wider than the screen begins before now. */
  document.addEventListener("change", (event) => { if (event.target.matches?.("#tl-filter select")) event.target.form.requestSubmit(); });
  const ready = () => {
    quiet(document);
    const button = document.querySelector("#tl-filter [data-submit]");
    if (button) button.classList.add("hidden");
  };
  document.addEventListener("jobs:refreshed", () => { ready(); if (chosen && !chosen.isConnected) choose(null); });
  ready();
  const frame = scroll();
  if (frame?.dataset.now && frame.scrollWidth > frame.clientWidth) frame.scrollLeft = frame.scrollWidth * parseFloat(frame.dataset.now) / 100 - frame.clientWidth * 0.6;
})();
