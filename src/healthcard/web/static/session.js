// A session that ended over a filled form: log in again in the same page. What was typed stays in the page and nowhere
// else. And whoever leaves or reloads a guided form that he began is asked first.
(() => {
  const dialog = document.getElementById("again");
  if (!dialog) return;
  const { presence, account } = dialog.dataset;
  const place = dialog.querySelector("div");
  const note = document.getElementById("here-again");
  let asking = false, passed = null, waiting = null, begun = false;

  const filled = (form) =>
    form.method === "post" && form.closest("main") && form.querySelector("input:not([type=hidden]), select, textarea");

  const send = (form, button) => {
    passed = form;
    begun = false;
    form.requestSubmit(button);
    passed = null;
  };

  // Our own pages tell whose session it is; where there is none the answer is the login page.
  const told = async (answer) => {
    const text = await answer.text();
    if (answer.headers.get("Content-Type") === "application/json") return JSON.parse(text);
    const parts = new DOMParser().parseFromString(text, "text/html").querySelectorAll("section.login");
    return { login: [...parts].map((each) => document.importNode(each, true)), address: answer.url };
  };

  const show = ({ login, address }) => {
    place.replaceChildren(...login);
    place.querySelector("form").action = address;
    if (!dialog.open) dialog.showModal();
    (place.querySelector("[autofocus]") || place.querySelector("input")).focus();
  };

  const here = (answer) => {
    if (String(answer.account) !== account) return location.reload(); // somebody else: nothing typed is his
    for (const each of document.querySelectorAll("[name=csrfmiddlewaretoken]")) each.value = answer.token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": answer.token }));
    place.replaceChildren();
    dialog.close();
    note.hidden = false;
    waiting.focus();
  };

  const logIn = async (form) => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await told(await fetch(form.action, { method: "POST", body }));
    if (answer.login?.length) show(answer);
    else here(answer);
  };

  const ask = async (form, button) => {
    asking = true;
    waiting = button || form.querySelector("button");
    try {
      const answer = await told(await fetch(presence));
      if (answer.login?.length) show(answer);
      else send(form, button);
    } catch {
      send(form, button); // the server does not answer: the browser says so better than we
    } finally {
      asking = false;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form === passed || event.defaultPrevented) return;
    if (dialog.contains(form)) {
      event.preventDefault();
      logIn(form);
    } else if (filled(form)) {
      event.preventDefault();
      if (!asking) ask(form, event.submitter);
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-steps]")) begun = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("form[data-steps] a")) begun = false; // cancelled
  });
  addEventListener("beforeunload", (event) => {
    if (begun) event.preventDefault();
  });
})();
