/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See faults.h. */
#include "faults.h"

#include "estop.h"
#include "protocol.h"
#include "relays.h"

#define BIT(code) ((uint16_t)(1u << (code)))

static uint16_t bits;
static uint16_t untold;
static uint16_t lost_events;

void faults_init(uint8_t boot_reason) {
    bits = 0;
    untold = 0;
    lost_events = 0;
    if (boot_reason & LQ_BOOT_WATCHDOG) {
        faults_raise(LQ_FAULT_WATCHDOG);
    }
    if (boot_reason & LQ_BOOT_BROWN_OUT) {
        faults_raise(LQ_FAULT_BROWN_OUT);
    }
    if (estop_store_damaged()) {
        faults_raise(LQ_FAULT_MEMORY);
    }
}

void faults_step(void) {
    if (!estop_pressed() && !estop_latched()) {
        bits &= (uint16_t)~BIT(LQ_FAULT_ESTOP);
    } else if (!(bits & BIT(LQ_FAULT_ESTOP))) {
        faults_raise(LQ_FAULT_ESTOP);
    }
    if (relays_take_expired()) {
        faults_raise(LQ_FAULT_EXPIRED);
    }
    if (relays_take_mismatch()) {
        faults_raise(LQ_FAULT_OUTPUT);
    }
}

void faults_raise(uint8_t code) {
    bits |= BIT(code);
    untold |= BIT(code);
}

void faults_clear(uint16_t which) { bits &= (uint16_t)~(which & ~BIT(LQ_FAULT_ESTOP)); }

uint16_t faults_bits(void) { return bits; }

uint8_t faults_take(void) {
    for (uint8_t code = 0; code < 16; code++) {
        if (untold & BIT(code)) {
            untold &= (uint16_t)~BIT(code);
            return code;
        }
    }
    return FAULTS_NONE;
}

void faults_lost_events(uint8_t events) {
    while (events--) {
        count_up(&lost_events);
        faults_raise(LQ_FAULT_EVENTS);
    }
}

uint16_t faults_events_lost(void) { return lost_events; }

void count_up(uint16_t *counter) {
    if (*counter < UINT16_MAX) {
        (*counter)++;
    }
}
