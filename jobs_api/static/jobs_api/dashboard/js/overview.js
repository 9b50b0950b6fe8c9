/* The overview: the filter as one types, what is selected, the link to copy. Without it: forms and links. */
(() => {
  "use strict";
  const WAIT = 250;
  const form = () => document.getElementById("filter");
  const boxes = () => [...document.querySelectorAll("[data-select]")];
  const at = (event, selector) => event.target.closest?.(selector);

  /* Filter: the address of what is chosen, without what says nothing. */
  let timer = 0, asking = null;
  const address = () => {
    const query = new URLSearchParams([...new FormData(form())].filter(([, value]) => value !== ""));
    const text = query.toString();
    return form().getAttribute("action") + (text ? `?${text}` : "");
  };
  const search = async () => {
    clearTimeout(timer);
    const url = address();
    if (url === location.pathname + location.search) return;
    asking?.abort();
    asking = new AbortController();
    try {
      const headers = { "HX-Request": "true", "HX-Target": "main", "HX-Current-URL": location.href };
      const answer = await fetch(url, { headers, credentials: "same-origin", signal: asking.signal });
      if (answer.headers.has("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect"));
      if (!answer.ok) return location.assign(url);
      const text = await answer.text();
      if (address() !== url) return;
      history.replaceState(history.state, "", url);
      window.jobs.apply(text, true);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  };
  document.addEventListener("input", (event) => {
    if (!at(event, "#q")) return;
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  document.addEventListener("submit", (event) => {
    if (event.target === form()) { event.preventDefault(); search(); }
    if (event.target.id === "bulk") { event.preventDefault(); order(event); }
  });

  /* Selection: the bar shows itself (CSS); here it counts, and asks in a dialog. */
  const order = (event) => {
    const query = new URLSearchParams(new FormData(event.target, event.submitter));
    if (query.has("filter")) query.delete("job");
    const found = document.querySelector("[data-found]");
    if (query.has("filter") && found) query.set("found", found.value);
    window.jobs.open(`${event.target.getAttribute("action")}?${query}`);
  };
  const count = () => {
    const all = boxes(), chosen = all.filter((box) => box.checked), told = document.querySelector("[data-selected]");
    const page = document.querySelector("[data-select-all]");
    if (told && chosen.length) told.textContent = (chosen.length === 1 ? told.dataset.one : told.dataset.many).replace("%n", chosen.length);
    if (page) { page.checked = chosen.length > 0 && chosen.length === all.length; page.indeterminate = chosen.length > 0 && !page.checked; }
    if (!chosen.length) document.querySelectorAll("[data-whole]").forEach((box) => { box.checked = false; });
  };
  const set = (checked) => { boxes().forEach((box) => { box.checked = checked; }); count(); };
  document.addEventListener("change", (event) => {
    if (at(event, "#filter select")) search();
    else if (at(event, "[data-select-all]")) set(event.target.checked);
    else if (at(event, "[data-whole]")) set(event.target.checked || boxes().every((box) => box.checked));
    else if (at(event, "[data-select]")) {
      if (!event.target.checked) document.querySelectorAll("[data-whole]").forEach((box) => { box.checked = false; });
      count();
    }
  });
  document.addEventListener("click", (event) => {
    if (at(event, "[data-unselect]")) set(false);
    const link = at(event, "a[data-link]");
    if (link) { event.preventDefault(); link.dataset.copyText = link.href; }
  }, true);

  const ready = () => {
    document.querySelectorAll("[data-select-all], [data-unselect]").forEach((each) => { each.hidden = false; });
    count();
  };
  document.addEventListener("jobs:refreshed", ready);
  ready();
})();
