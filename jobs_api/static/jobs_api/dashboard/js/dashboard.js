/* What every page needs: theme, zone, dialogs, copying, countdowns. Without it, pages are links and forms. */
(() => {
  "use strict";
  const here = document.querySelector(".brand")?.getAttribute("href") || "/";
  const cookie = (name, value) => {
    document.cookie = `${name}=${value}; path=${here}; max-age=31536000; samesite=lax` + (location.protocol === "https:" ? "; secure" : "");
  };
  const cookieOf = (name) => document.cookie.split("; ").find((each) => each.startsWith(name + "="))?.split("=")[1];
  const root = document.documentElement;
  window.jobs = { cookie };

  /* Forms that htmx sends carry the token of the page. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });

  /* The zone of the browser, where nobody has chosen one: the next pages are in it. */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !cookieOf("jobs_tz") && !new URLSearchParams(location.search).has("tz")) {
    cookie("jobs_tz", zone);
    const shown = document.querySelector(".zone summary b")?.textContent;
    if (shown && shown !== zone && cookieOf("jobs_tz")) location.reload();
  }
  /* One that was chosen in the form stays for the next pages; one that came with somebody's link does not. */
  const chosen = new URLSearchParams(location.search).get("tz");
  try {
    if (chosen && sessionStorage.getItem("jobs_tz") === chosen && document.querySelector(".zone summary b")?.textContent === chosen) cookie("jobs_tz", chosen);
    sessionStorage.removeItem("jobs_tz");
  } catch { /* a browser may keep nothing */ }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches?.("[data-zone]")) return;
    try { sessionStorage.setItem("jobs_tz", event.target.elements.tz.value); } catch { /* likewise */ }
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("[data-theme-button]")) {
      const next = { auto: "light", light: "dark", dark: "auto" }[root.dataset.theme];
      root.dataset.theme = next;
      cookie("jobs_theme", next);
      document.dispatchEvent(new CustomEvent("jobs:theme"));
    } else if (at("[data-browser-zone]")) {
      const input = document.querySelector("[data-zone] [name=tz]");
      input.value = zone;
      input.form.requestSubmit();
    } else if (at("[data-copy]")) copy(at("[data-copy]"));
    else if (at("[data-close]")) {
      if (at("dialog")) {
        event.preventDefault();
        at("dialog").close();
      } else if (!at("a[data-close]")) history.back();
    } else if (at("a[data-dialog]") && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(at("a[data-dialog]").href);
    } else document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-keys-switch]")) {
      cookie("jobs_keys", event.target.checked ? "on" : "off");
      document.dispatchEvent(new CustomEvent("jobs:keys", { detail: event.target.checked }));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  /* A dialog is a page of its own, of which the form is shown here. */
  let opener = null;
  const dialog = document.getElementById("dialog");
  const open = async (address) => {
    opener = document.activeElement;
    const headers = { "HX-Request": "true", "HX-Target": "dialog-body", "HX-Current-URL": location.href };
    const answer = await fetch(address, { headers, credentials: "same-origin" }).catch(() => null);
    /* What cannot be shown here is a page that says why. */
    if (!answer?.ok || answer.headers.has("HX-Redirect")) return location.assign(answer?.headers.get("HX-Redirect") || address);
    document.getElementById("dialog-body").innerHTML = await answer.text();
    if (!dialog.open) dialog.showModal();
    dialog.querySelectorAll("form[method=post]:not([hx-post], [data-order])").forEach((form) => {
      form.setAttribute("hx-post", form.getAttribute("action") || address);
      form.setAttribute("hx-target", "#dialog-body");
    });
    htmx.process(dialog);
    document.dispatchEvent(new CustomEvent("jobs:dialog"));
    (dialog.querySelector("[autofocus]") || dialog.querySelector("input:not([type=hidden], [type=radio]:not(:checked)), select, textarea, button:not([tabindex='-1'])"))?.focus();
  };
  window.jobs.open = open;
  dialog.addEventListener("close", () => { document.getElementById("dialog-body").replaceChildren(); opener?.focus?.(); });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  /* Copy: also over plain http, where browsers have no clipboard; else the text is selected. */
  const copy = async (button) => {
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = button.dataset.copyText ?? source?.textContent ?? location.href;
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch { done = byCommand(text); }
    if (!done && source) getSelection().selectAllChildren(source);
    const word = button.querySelector("[data-word]") || button;
    const before = word.textContent;
    word.textContent = done ? button.dataset.done || before : button.dataset.selected || before;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { word.textContent = before; }, 2000);
  };
  const byCommand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  /* Countdowns go on between two refreshes; the words come from the server's text. */
  const span = (seconds) => {
    const two = (large, first, small, second) => `${Math.floor(seconds / large)} ${first}` + (Math.floor((seconds % large) / small) ? ` ${String(Math.floor((seconds % large) / small)).padStart(2, "0")} ${second}` : "");
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return two(60, "m", 1, "s");
    return seconds < 86400 ? two(3600, "h", 60, "m") : two(86400, "d", 3600, "h");
  };
  const made = () => Date.parse(document.querySelector("[data-clock]")?.getAttribute("datetime") || new Date().toISOString());
  const offset = made() - Date.now(); /* The server's clock counts, not the browser's. */
  window.jobs.now = () => new Date(Date.now() + offset);
  const tick = () => {
    if (document.hidden) return;
    for (const each of document.querySelectorAll("time[data-countdown]")) {
      const away = Math.round((Date.parse(each.dateTime) - Date.now() - offset) / 1000);
      if (away >= 0 !== (each.dataset.countdown === "to")) continue; /* The words would be wrong: the next refresh has others. */
      const text = each.textContent.replace(/(\d+([.,]\d+)? (ms|s|m|h|d)( \d+ (s|m|h))?)/, span(Math.abs(away)));
      if (text !== each.textContent) each.textContent = text;
    }
  };
  setInterval(tick, 1000);

  document.querySelectorAll("[data-theme-button], [data-browser-zone]").forEach((each) => { each.hidden = false; });
})();
