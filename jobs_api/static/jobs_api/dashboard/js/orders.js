/* Orders: a form is sent once, and what comes of it is shown where it was given.

   What is refused stands in the form again. An order that runs its command within the request may take long: after a
   moment the page of the run is opened, to watch it; the request goes on by itself (keepalive). */
(() => {
  "use strict";
  const WATCH_AFTER = 1200;
  /* What the button says depends on the end that is chosen. */
  const named = (form, chosen) => {
    const text = [...form.querySelectorAll("[data-button-for]")].find((each) => each.dataset.buttonFor === chosen);
    const button = form.querySelector(".buttons button");
    if (form.querySelector("[data-button-for]")) button.textContent = (text || form.querySelector("[data-button-for='']")).textContent;
  };
  const own = (root) => {
    for (const block of root.querySelectorAll("form.order [data-own]")) {
      const form = block.closest("form");
      const chosen = form.querySelector("select[name=slot]")?.value ?? form.querySelector("[name=until]:checked")?.value;
      block.hidden = chosen !== "own";
      named(form, chosen);
    }
  };
  document.addEventListener("jobs:dialog", () => own(document));
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form.order");
    if (!form) return;
    own(form.parentElement);
    if (event.target.name === "change") form.querySelector("[data-changes]")?.toggleAttribute("open", event.target.value === "change");
    if (event.target.name === "own" || !form.querySelector("[data-own]:not([hidden])")) return;
    form.querySelector("[data-own]:not([hidden]) input")?.focus();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("form.order [data-changes]")) return;
    const radio = event.target.closest("form").querySelector(`[name=change][value=${event.target.open ? "change" : "keep"}]`);
    if (radio) radio.checked = true;
  }, true);
  own(document);

  const trouble = (form, text) => {
    const line = form.querySelector("[data-trouble]");
    line.querySelector("[data-text]").textContent = text;
    line.hidden = false;
  };
  const busy = (form, on) => {
    form.setAttribute("aria-busy", String(on));
    form.querySelector("[data-busy]").hidden = !on;
    form.querySelector("[data-idle]").hidden = on;
  };
  const watched = (form) => {
    const slot = form.querySelector("select[name=slot]");
    if (!slot) return form.dataset.watch;
    const value = slot.value === "own" ? form.querySelector("[name=own]").value : slot.value;
    return form.dataset.watch + encodeURIComponent(value);
  };
  const go = (address) => {
    const same = new URL(address, location.href).href === location.href;
    if (same) location.reload(); else location.assign(address);
  };
  const replaced = (form, text) => {
    const next = new DOMParser().parseFromString(text, "text/html").querySelector("form.order");
    if (!next) return false;
    form.replaceWith(next);
    htmx.process(next.parentElement);
    own(next.parentElement);
    (next.querySelector("[aria-invalid=true]") || next.querySelector("[role=alert]:not([hidden])") || next.querySelector("button.primary"))?.focus?.();
    next.querySelector("[role=alert]:not([hidden]), .errorlist")?.scrollIntoView({ block: "nearest" });
    return true;
  };
  const send = async (form, button) => {
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    const body = new URLSearchParams(new FormData(form, button?.name ? button : null));
    const main = form.querySelector(".buttons button");
    main?.setAttribute("disabled", "");
    busy(form, true);
    const small = body.toString().length < 60_000;
    const address = form.dataset.inline && small ? watched(form) : "";
    const leave = address ? setTimeout(() => location.assign(address), WATCH_AFTER) : 0;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, keepalive: small, credentials: "same-origin", headers: { "HX-Request": "true", "HX-Target": "dialog-body", "HX-Current-URL": location.href } });
      if (answer.headers.has("HX-Redirect")) { clearTimeout(leave); return go(answer.headers.get("HX-Redirect")); }
      clearTimeout(leave);
      if ((answer.status === 422 || answer.ok) && replaced(form, await answer.text())) return;
      trouble(form, form.dataset.refused.replace("%s", String(answer.status)));
    } catch {
      clearTimeout(leave);
      trouble(form, form.dataset.lost);
    }
    delete form.dataset.sent;
    busy(form, false);
    main?.removeAttribute("disabled");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-order]") || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    send(form, event.submitter);
  });
})();
