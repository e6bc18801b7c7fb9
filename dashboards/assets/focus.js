/* A page that is drawn anew keeps the focus on the field that asked for it, and says its name in the window's title. */
(() => {
  let kept = null;

  // Fields have the same id on every page.
  const keep = () => { kept = document.activeElement?.closest('[id^="{"]')?.id ?? kept; };
  window.addEventListener("_dashprivate_pushstate", keep);

  function giveBack() {
    if (!kept || document.activeElement !== document.body) return;
    const field = document.getElementById(kept);
    const within = field?.matches("input") ? field : field?.querySelector("input:checked");
    within?.focus({ preventScroll: true });
  }

  // Until a person does something else: the field may be drawn more than once.
  const forget = () => { kept = null; };
  for (const act of ["keydown", "pointerdown"]) document.addEventListener(act, forget, true);

  new MutationObserver(() => {
    const page = document.querySelector("#main h1")?.textContent;
    const title = page ? `${page} · Smart Grid Twin` : document.title;
    if (title !== document.title) document.title = title;
    giveBack();
  }).observe(document.body, { childList: true, subtree: true });
})();
