/* Fields for a job's name suggest some while one types: a page does not carry the names of all jobs. */
(() => {
  "use strict";
  const list = document.getElementById("jobs");
  if (!list) return;
  let waits = 0, asked = null;
  const suggest = async (text) => {
    if (text === asked) return;
    asked = text;
    try {
      const answer = await fetch(`${list.dataset.names}?${new URLSearchParams({ q: text })}`, { credentials: "same-origin", redirect: "error" });
      if (answer.ok && text === asked) list.innerHTML = await answer.text();
    } catch {
      asked = null; /* No suggestions: the field works all the same. */
    }
  };
  const soon = (event) => {
    if (!event.target.matches?.("input[list=jobs]")) return;
    clearTimeout(waits);
    waits = setTimeout(suggest, event.type === "focusin" ? 0 : 150, event.target.value.trim());
  };
  document.addEventListener("focusin", soon);
  document.addEventListener("input", soon);
})();
