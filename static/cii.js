// What a page does beyond links and forms. Without this file everything still works.

// A form that was sent is free again after this time, for an answer that leaves the page in
// place, such as a download (milliseconds).
const SENT_FOR = 8000;

// What is new on the page: the whole of it at first, then only what htmx brought.
function prepare(root) {
  const summary = root.querySelector('[data-module="govuk-error-summary"]');
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
  }
  showWhatApplies(root);
}

// A radio or a checkbox with data-shows="id other-id" shows these questions while it is chosen. The
// page arrives with all of them visible, for browsers without JavaScript.
function showWhatApplies(scope) {
  const inputs = [...scope.querySelectorAll("input[data-shows]")];
  const wanted = (some) => new Set(some.flatMap((input) => input.dataset.shows.split(" ")));
  const shown = wanted(inputs.filter((input) => input.checked));
  for (const id of wanted(inputs)) {
    const question = document.getElementById(id);
    if (question) question.hidden = !shown.has(id);
  }
}

function setFree(form) {
  delete form.dataset.sent;
}

document.addEventListener("change", (event) => {
  if (event.target.form) showWhatApplies(event.target.form);
});

// The same form is not sent twice by an impatient second click.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if ("sent" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "";
    setTimeout(setFree, SENT_FOR, form);
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.target.closest("form[data-ctrl-enter]")?.requestSubmit();
});

// Coming back with the browser's own button restores the page as it was left: typed, and sent.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach(setFree);
  showWhatApplies(document);
});

document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) prepare(event.target);
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches("form[data-sent]")) setFree(event.target);
});

// Nothing came back, or an error did: the page says so, and what was typed is still there.
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, () => {
    const message = document.querySelector("[data-failed]");
    if (message) message.hidden = false;
  });
}

prepare(document.body);
