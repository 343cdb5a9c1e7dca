// What an identity card says goes into the fields of the form it was read for, and out of the page again.
document.addEventListener("htmx:afterSettle", () => {
  for (const told of document.querySelectorAll("[data-fill]")) {
    const field = told.closest("form")?.elements.namedItem(told.dataset.fill);
    if (field) {
      field.value = told.dataset.value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    told.remove();
  }
});
