// Bench: the chosen badge goes to each reader's button; pins and meters follow.
"use strict";

const bench = document.getElementById("bench");
if (bench) {
  const who = document.getElementById("who");
  const person = document.getElementById("person");
  const free = document.getElementById("free");
  const wrong = document.getElementById("wrong");

  const failed = (error) => { wrong.textContent = error.message; wrong.hidden = false; };
  const badge = () => free.value.trim() || person.value;
  const choose = () => {
    for (const field of bench.querySelectorAll("input[name=badge]")) field.value = badge();
    for (const button of who.querySelectorAll("button[name=badge]")) {
      button.setAttribute("aria-pressed", button.value === badge());
    }
  };
  const refresh = once(async () => {
    const next = await part(bench.dataset.bench);
    if (next) { patch(bench, next); choose(); }
  }, failed);

  bench.addEventListener("submit", (event) => {
    event.preventDefault();
    wrong.hidden = true;
    part(event.target.action, { method: "POST", body: new FormData(event.target) }).then(refresh, failed);
  });
  who.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.name === "badge") { free.value = ""; person.value = event.submitter.value; }
    choose();
  });
  person.addEventListener("change", () => { free.value = ""; choose(); });
  free.addEventListener("input", choose);
  follow(bench, refresh);
  choose();
}
