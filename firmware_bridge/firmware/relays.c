/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See relays.h. */
#include "relays.h"

#define MISMATCHES_BELIEVED 3 /* milliseconds in a row: a level in mid-change is no fault */

static volatile uint16_t left[HAL_RELAYS];
static volatile uint16_t not_left[HAL_RELAYS]; /* its complement: a bit that flips in either opens */
static volatile uint8_t closed; /* those with time left, so that a lock need not look through all */
static volatile uint8_t expired;
static volatile uint8_t mismatches;
static volatile bool mismatched;

static void put(uint8_t relay, uint16_t ms) {
    left[relay] = ms;
    not_left[relay] = (uint16_t)~ms;
}

static void set_left(uint8_t relays, uint16_t ms) {
    for (uint8_t relay = 0, bit = 1; relay < HAL_RELAYS; relay++, bit <<= 1) {
        if (relays & bit) {
            put(relay, ms);
        }
    }
    closed = ms ? closed | relays : closed & (uint8_t)~relays;
    hal_relays_write(closed);
}

void relays_close(uint8_t relays, uint16_t ms) {
    uint8_t before = hal_lock();
    set_left(relays, ms);
    hal_unlock(before);
}

bool relays_renew(uint8_t relays, uint16_t ms) {
    uint8_t before = hal_lock();
    bool all = (closed & relays) == relays;
    if (all) {
        set_left(relays, ms);
    }
    hal_unlock(before);
    return all;
}

void relays_open(uint8_t relays) { relays_close(relays, 0); }

void relays_left(uint16_t left_ms[HAL_RELAYS]) {
    uint8_t before = hal_lock();
    for (uint8_t relay = 0; relay < HAL_RELAYS; relay++) {
        left_ms[relay] = left[relay];
    }
    hal_unlock(before);
}

uint8_t relays_take_expired(void) {
    uint8_t before = hal_lock();
    uint8_t relays = expired;
    expired = 0;
    hal_unlock(before);
    return relays;
}

bool relays_take_mismatch(void) {
    uint8_t before = hal_lock();
    bool found = mismatched;
    mismatched = false;
    hal_unlock(before);
    return found;
}

/* A pin that doesn't follow: shorted, or its driver is gone. */
static bool differs(void) {
    if (hal_relays_pins() == hal_relays_register()) {
        mismatches = 0;
    } else if (++mismatches >= MISMATCHES_BELIEVED) {
        mismatches = 0;
        mismatched = true;
        return true;
    }
    return false;
}

/* One millisecond less; whether it had any and has none now. What is not whole, or cut, has none. */
static bool runs_out(uint8_t relay, bool cut) {
    uint16_t ms = left[relay];
    if (cut || !ms || ms != (uint16_t)~not_left[relay]) {
        put(relay, 0);
        return false;
    }
    put(relay, --ms);
    return !ms;
}

void relays_tick(bool cut) {
    bool all = differs() || cut;
    uint8_t still = 0;
    for (uint8_t relay = 0, bit = 1; relay < HAL_RELAYS; relay++, bit <<= 1) {
        if (runs_out(relay, all)) {
            expired |= bit;
        } else if (left[relay]) {
            still |= bit;
        }
    }
    closed = still;
    hal_relays_write(still);
}
