/* The list by keyboard: up and down from one person to the next, Space chooses, Enter opens. */
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const row = event.target.closest?.(".people tbody tr");
  if (!row) return;
  const box = row.querySelector("[name=member]");
  const link = row.querySelector("a.row");
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (next) {
    next.querySelector(event.target === box ? "[name=member]" : "a.row").focus();
  } else if (event.key === " " && event.target === link && box) {
    box.click();
  } else if (event.key === "Enter" && event.target === box) {
    link.click();
  } else if (event.key !== "ArrowDown" && event.key !== "ArrowUp") {
    return;
  }
  event.preventDefault();
});
