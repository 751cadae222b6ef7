// The elapsed time goes on between two updates, by the server's clock.
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
