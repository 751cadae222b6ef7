/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See estop.h. */
#include "estop.h"

#include "hal.h"
#include "ring.h"

#define QUIET_MS 3 /* spikes of a contactor's coil are shorter; 5 ms are allowed to the cut */
#define STORE_AT 0
#define STORE_SLOTS 32

static struct ring ring; /* its number: twice the count of changes, plus 1 if latched */
static bool damaged;
static volatile bool latched;
static volatile bool pressed;
static volatile bool settled;
static volatile bool level;
static volatile uint8_t quiet;
static volatile uint16_t edges;

void estop_init(void) {
    ring = (struct ring){.at = STORE_AT, .slots = STORE_SLOTS};
    ring_load(&ring);
    damaged = ring.damaged;
    latched = damaged || (ring.value & 1);
    pressed = false;
    settled = false;
    level = false;
    quiet = 0;
    edges = 0;
}

static void settle(void) {
    if (settled && level != pressed) {
        edges++;
    }
    settled = true;
    pressed = level;
    if (pressed) {
        latched = true;
    }
}

bool estop_tick(void) {
    bool now = hal_estop_high();
    if (now != level) {
        quiet = 0;
        level = now;
    }
    if (quiet < QUIET_MS && ++quiet == QUIET_MS) {
        settle();
    }
    return estop_blocks();
}

void estop_step(void) {
    ring_step(&ring);
    bool wanted = latched;
    if (ring_idle(&ring) && (ring.damaged || wanted != (ring.value & 1))) {
        ring.damaged = false; /* this record takes the damaged one's place */
        ring_begin(&ring, ((ring.value >> 1) + 1) << 1 | wanted);
    }
}

bool estop_pressed(void) { return pressed; }
bool estop_latched(void) { return latched; }
bool estop_blocks(void) { return latched || pressed || !settled; }
bool estop_store_damaged(void) { return damaged; }

bool estop_reset(void) {
    uint8_t before = hal_lock();
    bool done = settled && !pressed;
    if (done) {
        latched = false;
    }
    hal_unlock(before);
    return done;
}

uint16_t estop_edges(void) {
    uint8_t before = hal_lock();
    uint16_t count = edges;
    hal_unlock(before);
    return count;
}
