// The components of GOV.UK Frontend that need a script here, as the global `govuk`. Radios and
// checkboxes are absent on purpose: theirs puts aria-expanded on inputs, where it does not belong;
// static/cii.js shows and hides their conditional questions without.
export { CharacterCount, ErrorSummary, NotificationBanner, PasswordInput } from "govuk-frontend";
