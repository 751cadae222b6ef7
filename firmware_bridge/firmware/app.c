/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See app.h. */
#include "app.h"

#include "estop.h"
#include "events.h"
#include "faults.h"
#include "hal.h"
#include "inputs.h"
#include "message.h"
#include "relays.h"
#include "ring.h"
#include "rms.h"
#include "session.h"
#include "wiegand.h"

#define BOOTS_AT 256 /* after the E-stop latch's ring */
#define BOOTS_SLOTS 96

static volatile uint32_t uptime;
static uint32_t kicked_at;

/* Counts this start, in the store: what makes each nonce unlike all before, even where there is no chance. */
static uint32_t count_boot(void) {
    struct ring ring = {.at = BOOTS_AT, .slots = BOOTS_SLOTS};
    ring_load(&ring);
    ring_begin(&ring, ring.value + 1);
    while (!ring_idle(&ring) || hal_store_busy()) {
        ring_step(&ring);
    }
    return ring.value;
}

/* One to one, so two counts never give one value. Constants: Appleby, MurmurHash3, fmix32. */
static uint32_t scatter(uint32_t value) {
    value = (value ^ value >> 16) * 0x85EBCA6BUL;
    value = (value ^ value >> 13) * 0xC2B2AE35UL;
    return value ^ value >> 16;
}

static uint32_t draw_nonce(void) {
    uint32_t nonce = scatter(count_boot()) ^ hal_entropy();
    return nonce ? nonce : 1;
}

void app_init(void) {
    uptime = 0;
    kicked_at = 0;
    estop_init();
    inputs_init();
    hal_init();
    faults_init(hal_boot_reason());
    session_init(draw_nonce());
    events_init();
}

void app_tick(void) {
    relays_tick(estop_tick());
    inputs_tick();
    wiegand_tick();
    uptime++;
}

void app_wiegand_edge(uint8_t lines, uint16_t clock) { wiegand_edge(lines, clock); }

void app_wiegand_lost(uint8_t lines) { wiegand_lost(lines); }

void app_sample(uint8_t channel, uint16_t value) { rms_sample(channel, value); }

/* The watchdog is kicked by a whole round of the loop, and only if the millisecond still comes. */
static void kick(void) {
    uint32_t now = app_uptime();
    if (now != kicked_at) {
        kicked_at = now;
        hal_watchdog_kick();
    }
}

static void receive(void) {
    uint8_t byte;
    if (hal_receive_lost()) {
        session_line_broken();
    }
    while (hal_send_room() >= MESSAGE_WIRE_MAX && hal_receive(&byte)) {
        session_byte(byte);
    }
}

void app_step(void) {
    receive();
    events_step();
    estop_step();
    rms_step();
    kick();
    hal_idle();
}

uint32_t app_uptime(void) {
    uint8_t before = hal_lock();
    uint32_t now = uptime;
    hal_unlock(before);
    return now;
}
