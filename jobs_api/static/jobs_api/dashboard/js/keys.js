/* Keys: / j k x Enter, g then a letter, ?. They can be switched off in the help. */
(() => {
  "use strict";
  let on = !/(^|; )jobs_keys=off/.test(document.cookie), prefix = false;
  document.addEventListener("jobs:keys", (event) => { on = event.detail; });
  const rows = () => [...document.querySelectorAll("main [data-row]")].filter((row) => row.offsetParent !== null);
  const move = (step) => {
    const all = rows(), here = all.indexOf(document.activeElement?.closest?.("[data-row]"));
    const next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step))];
    if (!next) return;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.matches?.("input:not([type=checkbox]), select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const row = document.activeElement?.closest?.("[data-row]");
    if (prefix) {
      prefix = false;
      const go = { o: "overview", t: "timeline", r: "runs", a: "alerts", u: "audit" }[event.key];
      const link = go && document.querySelector(`[data-go="${go}"]`);
      if (link) { event.preventDefault(); location.assign(link.href); }
      return;
    }
    const act = {
      "/": () => (document.querySelector("main [data-key='/']") || document.querySelector("[data-key='/']"))?.focus(),
      j: () => move(1),
      k: () => move(-1),
      x: () => row?.querySelector("[data-select]")?.click(),
      Enter: () => (document.activeElement === row ? row?.querySelector("a[data-open]")?.click() : undefined),
      g: () => { prefix = true; setTimeout(() => { prefix = false; }, 1500); },
      "?": () => { const help = document.querySelector("a[href$='/help/'][data-dialog]"); if (help) window.jobs.open(help.href); },
    }[event.key];
    if (!act || (event.key === "Enter" && document.activeElement !== row) || (event.key === "x" && !row)) return;
    event.preventDefault();
    act();
  });
})();
