/* The list by keyboard: up and down from one person to the next, Space chooses, Enter opens, Escape chooses nobody.
   A badge read while no field has the focus begins a new person. */
"use strict";
const add = document.getElementById("add");
const NUMBER = /^((uid|em|wg\d\d):[0-9a-f: ]+|(?=.*\d)[0-9a-f]{8,20})$/i;
let read = ""; // what a reader, or somebody, types into no field
let last = 0; // when its last key came

function begin(id, text) {
  const field = document.getElementById(id);
  field.value = text;
  add.showPopover();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function choose_nobody() {
  const boxes = document.querySelectorAll("#several :checked");
  for (const box of boxes) box.checked = false;
  boxes[0]?.focus({ preventScroll: true });
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-name], [data-clear]");
  if (!one?.closest("#found")) return;
  event.preventDefault();
  if (one.matches("[data-name]")) begin("name", one.dataset.name);
  else choose_nobody();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { key, target, timeStamp } = event;
  const is_typing = target.matches("input:not([type=checkbox]), select, textarea");
  if (document.querySelector(":popover-open") || (is_typing && !(key === "Escape" && target.closest("#chosen")))) return;
  if (add && key === "Enter" && NUMBER.test(read)) {
    event.preventDefault();
    begin("badge", read);
  }
  read = key.length > 1 ? (key === "Shift" ? read : "") : timeStamp - last < 500 ? read + key : key;
  last = timeStamp;
  if (event.defaultPrevented) return;
  if (key === "Escape") {
    const open = document.querySelector("#chosen .other[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    } else choose_nobody();
  }
  const row = target.closest(".people tbody tr");
  if (!row) return;
  const box = row.querySelector("[name=member]");
  const link = row.querySelector("a.row");
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[key];
  if (next) {
    next.querySelector(target === box ? "[name=member]" : "a.row").focus();
  } else if (key === " " && target === link && box) {
    box.click();
  } else if (key === "Enter" && target === box) {
    link.click();
  } else if (key !== "ArrowDown" && key !== "ArrowUp") {
    return;
  }
  event.preventDefault();
});

if (location.hash === "#add") add?.showPopover();
