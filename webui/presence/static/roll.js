// Evacuation: a touched row stays where it is, and the elapsed time goes on between two updates.
"use strict";

let told; // what the server said, and when
let at = 0;
setInterval(() => {
  const timer = document.querySelector("[role=timer]");
  if (!timer) return;
  if (timer.dataset.seconds !== told) [told, at] = [timer.dataset.seconds, performance.now()];
  const seconds = Number(told) + Math.floor((performance.now() - at) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  timer.textContent = parts.map((part, place) => String(part).padStart(place && 2, "0")).join(":");
}, 1000);

// Without a new page, which would begin elsewhere in a long list.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("#see, #unsee")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const mark = (is_out) => {
    submitter.ariaPressed = String(is_out);
    submitter.parentElement.classList.toggle("is-seen", is_out);
  };
  mark(form.id === "see"); // at once; the hour comes with the list
  const board = document.getElementById("board");
  try {
    const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } };
    const answer = await fetch(submitter.formAction, sent);
    if (!answer.ok) location.reload();
    else if (board.dataset.following !== "open") again(board); // otherwise the news say that it changed
  } catch {
    mark(form.id !== "see");
    board.dispatchEvent(new Event("htmx:error")); // and the page says that it is cut off
  }
}, true);

// A remark on an evacuation that another device has ended is sent: the answer says so, with the remark to add.
document.addEventListener("htmx:before:swap", (event) => {
  const { tasks: [task] } = event.detail;
  const form = document.querySelector("#end form");
  if (task?.target?.id !== "board" || !form?.remarks.value.trim()) return;
  if (task.fragment.querySelector("#end form")?.getAttribute("action") === form.getAttribute("action")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.missing.value = ""; // so that it ends nothing
  form.requestSubmit();
}, true);
