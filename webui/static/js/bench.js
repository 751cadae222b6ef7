// Bench: the chosen badge goes to each reader's button; pins and meters follow.
"use strict";

const bench = document.getElementById("bench");
const who = document.getElementById("who");
const person = document.getElementById("person");
const free = document.getElementById("free");

const address = () => `${bench.dataset.bench}?${new URLSearchParams(new FormData(who))}`;
const failed = (error) => console.warn(error);
const refresh = once(async () => {
  const next = await part(address());
  if (next) { patch(bench, next); choose(); }
}, failed);

function choose() {
  for (const field of bench.querySelectorAll("input[name=badge]")) field.value = free.value.trim() || person.value;
}

bench.addEventListener("submit", (event) => {
  event.preventDefault();
  part(event.target.action, { method: "POST", body: new FormData(event.target) }).then(refresh, failed);
});
person.addEventListener("change", () => { free.value = ""; choose(); });
free.addEventListener("input", choose);
who.addEventListener("submit", (event) => event.preventDefault());
follow(bench, refresh);
choose();
