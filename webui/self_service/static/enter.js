// A reader types the badge's number and Enter: then comes the code, not the form.
"use strict";

const badge = document.querySelector("[data-enter] #badge");
badge?.addEventListener("keydown", (event) => {
  const code = document.getElementById("code");
  if (event.key !== "Enter" || !badge.value || code.value) return;
  event.preventDefault();
  code.focus();
});
