// What a page does beyond links and forms. Without this file everything still works.
// The globals `govuk` and `htmx` come from static/vendor.

const COMPONENTS = [
  govuk.CharacterCount,
  govuk.ErrorSummary,
  govuk.NotificationBanner,
  govuk.PasswordInput,
];

// A form that was sent is free again after this time, for an answer that leaves the page in
// place, such as a download (milliseconds).
const SENT_FOR = 8000;

// Initialises what is new below `root`: a component initialised twice would complain.
function prepare(root) {
  for (const Component of COMPONENTS) {
    const marked = `[data-module="${Component.moduleName}"]:not([data-${Component.moduleName}-init])`;
    const found = [...root.querySelectorAll(marked)];
    if (root.matches(marked)) found.push(root);
    for (const element of found) new Component(element);
  }
  showWhatApplies(root);
}

// A radio or a checkbox with a conditional question shows it while it is chosen.
function showWhatApplies(scope) {
  for (const input of scope.querySelectorAll("input[data-aria-controls]")) {
    const group = input.type === "radio" ? "radios" : "checkboxes";
    document
      .getElementById(input.dataset.ariaControls)
      ?.classList.toggle(`govuk-${group}__conditional--hidden`, !input.checked);
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

document.body.classList.add("js-enabled", "govuk-frontend-supported");
prepare(document.body);
