// Bench: the buttons of the people at hand fill the choice, and the line that stays in sight names it.
"use strict";

const who = document.getElementById("who");
if (who) {
  const { person, free } = who.elements;
  const show = () => {
    for (const near of who.querySelectorAll("button[name=badge]")) {
      near.setAttribute("aria-pressed", !free.value.trim() && near.value === person.value);
    }
    document.getElementById("badge").value = free.value.trim() || person.selectedOptions[0].text;
  };
  who.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "badge") return;
    event.preventDefault();
    free.value = "";
    person.value = event.submitter.value;
    show();
  });
  person.addEventListener("change", () => { free.value = ""; show(); });
  free.addEventListener("input", show);
  free.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
