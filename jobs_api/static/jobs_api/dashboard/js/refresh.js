/* The page refreshes itself, but never under the hands of a reader.

   Every ten seconds <main> is loaded again and morphed by the ids of its elements. Nothing is loaded while the tab is
   hidden. What comes while somebody types, has a row in focus, selects text or has a menu or dialog open is not shown
   but announced. Rows ([data-row]) keep their place until the page is loaded anew; only new ones are added. */
(() => {
  "use strict";
  const PATIENCE = 20_000; /* A server that hangs is one that does not answer: the page is never "live" for longer. */
  const live = document.getElementById("live");
  let waiting = null, loading = false;
  const main = () => document.getElementById("main");
  const every = () => Number(main()?.dataset.refresh || 0) * 1000 || 0;

  const busy = () => {
    const focus = document.activeElement;
    if (document.querySelector("dialog[open], main details.menu[open]")) return true;
    if (focus && focus !== main() && main().contains(focus) && focus.matches("input:not([type=checkbox]), select, textarea, [data-row], [data-row] *")) return true;
    if (main().querySelector("[data-select]:checked")) return true;
    const selection = getSelection();
    return !selection.isCollapsed && main().contains(selection.anchorNode);
  };
  const show = (state) => {
    if (!live) return;
    live.dataset.state = state;
    live.querySelector("[data-word]").textContent = live.dataset[state];
  };
  const rows = (root) => new Map([...root.querySelectorAll("[data-row]")].map((row) => [row.id, row]));
  const changes = (fresh) => {
    const before = rows(main()), after = rows(fresh);
    let number = 0;
    for (const [id, row] of after) if (!before.has(id) || before.get(id).dataset.rev !== row.dataset.rev) number += 1;
    for (const id of before.keys()) if (!after.has(id)) number += 1;
    return number;
  };
  /* Rows of the new page, in the order in which they stand here. */
  const keepOrder = (fresh) => {
    for (const list of fresh.querySelectorAll("[data-rows]")) {
      const here = document.getElementById(list.id);
      if (!here) continue;
      const place = new Map([...here.children].map((row, index) => [row.id, index]));
      const sorted = [...list.children].sort((a, b) => (place.get(a.id) ?? 1e9) - (place.get(b.id) ?? 1e9));
      list.append(...sorted);
    }
  };
  const apply = (text, asked = false) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const next = fresh.getElementById("main");
    if (!next) return;
    const token = document.querySelector("meta[name=csrf-token]").content; /* An answer from the cache has an old one. */
    next.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((each) => { each.value = token; });
    if (!asked) keepOrder(next);
    Idiomorph.morph(main(), next, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: { beforeNodeMorphed: (old) => !(old instanceof Element && old.matches("[data-keep], details[open].menu")), beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS") } });
    const alerts = fresh.getElementById("open-alerts");
    if (alerts) document.querySelectorAll("#open-alerts").forEach((each) => { each.innerHTML = alerts.innerHTML; });
    waiting = null;
    document.getElementById("changes")?.remove();
    htmx.process(main());
    document.dispatchEvent(new CustomEvent("jobs:refreshed"));
  };
  const announce = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
    const number = fresh ? changes(fresh) : 0;
    if (!number) return;
    waiting = text;
    let button = document.getElementById("changes");
    if (!button) {
      button = document.createElement("button");
      button.id = "changes";
      button.type = "button";
      button.className = "button primary";
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", () => waiting && apply(waiting, true));
      main().prepend(button);
    }
    button.textContent = (number === 1 ? main().dataset.change : main().dataset.changes).replace("%n", number);
  };
  const load = async () => {
    if (loading || !every()) return;
    loading = true;
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true", "HX-Target": "main", "HX-Current-URL": location.href }, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      document.getElementById("trouble")?.remove();
      const held = busy();
      if (held) announce(text); else apply(text);
      show(held ? "paused" : "live");
      const clock = live?.querySelector("[data-clock]");
      if (clock) clock.textContent = window.jobs.now().toLocaleTimeString("en-GB", { timeZone: document.querySelector(".zone summary b")?.textContent || undefined });
    } catch {
      trouble();
    } finally {
      loading = false;
    }
  };
  const trouble = () => {
    show("stale");
    if (document.getElementById("trouble")) return;
    const line = document.createElement("div");
    line.id = "trouble";
    line.className = "banner b-warning";
    line.setAttribute("role", "status");
    const text = document.createElement("span");
    text.textContent = main().dataset.trouble.replace("%t", live?.querySelector("[data-clock]")?.textContent || "");
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "button small";
    retry.textContent = main().dataset.retry;
    retry.addEventListener("click", load);
    line.append(text, retry);
    main().prepend(line);
  };
  window.jobs.refresh = load;
  window.jobs.apply = apply;
  let last = Date.now();
  setInterval(() => {
    if (document.hidden || !every() || Date.now() - last < every()) return;
    last = Date.now();
    load();
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && every()) { last = Date.now(); load(); } else if (document.hidden) show("paused"); });
  if (every()) show("live");
})();
