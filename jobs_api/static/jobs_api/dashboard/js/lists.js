/* Lists: a filter takes effect when it is chosen; a selection, and what may be done with it. Without this file they
   are forms with buttons. */
(() => {
  "use strict";
  const main = () => document.getElementById("main");
  const boxes = (form) => [...form.querySelectorAll("[data-select]")];
  const chosen = (form) => boxes(form).filter((each) => each.checked);

  const adapt = () => {
    main().querySelectorAll("[data-no-script]").forEach((each) => { each.hidden = true; });
    main().querySelectorAll("[data-needs-script]").forEach((each) => { each.hidden = false; });
    main().querySelectorAll("[data-select-all]").forEach((each) => { each.disabled = false; });
    main().querySelectorAll("[data-bulk]").forEach(count);
  };
  const count = (form) => {
    const bar = form.querySelector("[data-bulk-bar]");
    if (!bar) return;
    const number = chosen(form).length, whole = form.querySelector("[data-whole-filter]")?.checked;
    bar.hidden = !number && !whole;
    const words = bar.querySelector("[data-count]");
    words.textContent = whole ? words.dataset.whole : (number === 1 ? words.dataset.one : words.dataset.many).replace("%n", number);
    bar.querySelector("[data-select-none]").hidden = false;
    const all = form.querySelector("[data-select-all]");
    if (all) { all.checked = number > 0 && number === boxes(form).length; all.indeterminate = number > 0 && !all.checked; }
    boxes(form).forEach((each) => each.closest("[data-row]").setAttribute("aria-selected", String(each.checked)));
  };

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form) return;
    if (form.matches("[data-filter]") && event.target.matches("select, input[type=search]")) form.requestSubmit();
    if (!form.matches("[data-bulk]")) return;
    if (event.target.matches("[data-select-all]")) boxes(form).forEach((each) => { each.checked = event.target.checked; });
    count(form);
  });
  document.addEventListener("click", (event) => {
    const none = event.target.closest?.("[data-select-none]");
    if (!none) return;
    none.form.querySelectorAll("[data-select], [data-whole-filter]").forEach((each) => { each.checked = false; });
    count(none.form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-filter]")) { /* An address without what is empty. */
      const fields = [...form.elements].filter((each) => each.name && !each.value && !each.disabled);
      fields.forEach((each) => { each.disabled = true; });
      setTimeout(() => fields.forEach((each) => { each.disabled = false; }));
    }
    if (form.matches("[data-bulk]") && event.submitter?.name === "action") {
      event.preventDefault();
      const asked = new URLSearchParams(new FormData(form, event.submitter));
      if (asked.has("filter")) {
        asked.delete("run");
        asked.set("found", form.querySelector("[data-whole-filter]").dataset.found || "");
      }
      window.jobs.open(`${form.getAttribute("action")}?${asked}`);
    }
  });
  document.addEventListener("jobs:refreshed", adapt);
  adapt();
})();
