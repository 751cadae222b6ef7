// The plan, drawn: a spot is dragged, or moved by the arrows; where it then stands is kept at once.
"use strict";

const plan = document.getElementById("draw");
const token = document.querySelector("input[name=csrf_token]").value;
const within = (value) => Math.min(1000, Math.max(0, Math.round(value / 10) * 10));
const ARROWS = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] };
let held = null; // the spot under the finger
const waits = new Map();

function show(spot, x, y) {
  spot.dataset.x = within(x);
  spot.dataset.y = within(y);
  spot.style.left = `${spot.dataset.x / 10}%`;
  spot.style.top = `${spot.dataset.y / 10}%`;
}

async function keep(spot) {
  waits.delete(spot);
  const { x, y, href } = spot.dataset;
  const body = new URLSearchParams({ csrf_token: token, x, y });
  const answer = await fetch(href, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true }).catch(() => null);
  if (!answer?.ok) { location.reload(); return; }
  document.getElementById("polite").textContent = `${spot.textContent}: ${x}, ${y}`;
  document.getElementById("undo")?.remove();
  document.body.insertAdjacentHTML("beforeend", await answer.text());
}

function later(spot) {
  clearTimeout(waits.get(spot));
  waits.set(spot, setTimeout(keep, 300, spot));
}

plan?.addEventListener("pointerdown", (event) => {
  const spot = event.target.closest(".spot");
  if (!spot) return;
  held = spot;
  spot.setPointerCapture(event.pointerId);
});
plan?.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (!held) return;
  const box = plan.getBoundingClientRect();
  show(held, (1000 * (clientX - box.left)) / box.width, (1000 * (clientY - box.top)) / box.height);
});
for (const end of ["pointerup", "pointercancel"]) {
  plan?.addEventListener(end, () => { if (held) later(held); held = null; });
}
plan?.addEventListener("keydown", (event) => {
  const spot = event.target.closest(".spot");
  const step = ARROWS[event.key];
  if (!spot || !step) return;
  event.preventDefault();
  const far = event.shiftKey ? 5 : 1;
  show(spot, Number(spot.dataset.x) + step[0] * far, Number(spot.dataset.y) + step[1] * far);
  later(spot);
});
addEventListener("pagehide", () => { for (const [spot, timer] of waits) { clearTimeout(timer); keep(spot); } });
