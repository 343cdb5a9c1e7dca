// Keyboard at the desk: the first thing to do has the focus, Enter goes on to the next one, Ctrl+Enter is the button.
(() => {
  const WANTED = "input:not([type=hidden]), select, textarea, button.btn-primary";
  const fields = (form) =>
    [...form.querySelectorAll(WANTED)].filter((each) => !each.disabled && each.offsetParent !== null);

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-steps]");
    if (event.key !== "Enter" || !form || event.target.matches("button, textarea, a")) return;
    event.preventDefault();
    if (event.ctrlKey) return form.requestSubmit(form.querySelector("button.btn-primary"));
    const all = fields(form);
    const next = all[all.indexOf(event.target) + 1];
    if (next) next.focus();
  });

  // A field that is asked for by the answer to another one alone: it shows when that was given.
  for (const part of document.querySelectorAll("[data-needs]")) {
    const other = part.closest("form").elements[part.dataset.needs];
    const show = () => {
      part.hidden = !part.dataset.needed.split(" ").includes(other.value);
      for (const each of part.querySelectorAll("input, select")) each.disabled = part.hidden;
    };
    other.addEventListener("change", show);
    show();
  }

  if (!document.querySelector("[autofocus]")) {
    const form = document.querySelector("form[data-steps]");
    const first = form && (form.querySelector("[aria-invalid=true]") || fields(form)[0]);
    if (first) first.focus();
  }
})();
