/* SPDX-License-Identifier: AGPL-3.0-or-later
 * E-stop cuts, latches, and survives what it must. */
#include "estop.h"
#include "frames.h"
#include "unit.h"

static void begin(void) {
    host_reset();
    host_start();
    ask_power(LQ_SET, 1, 0xF, 5000);
    CHECK(host.relays == 0xF);
}

static void it_cuts_and_needs_release_then_reset(void) {
    begin();
    host.estop_high = true;
    host_ms(2);
    CHECK(host.relays == 0xF);
    host_ms(1);
    CHECK(host.relays == 0);
    ask(LQ_RESET_ESTOP, 2, NULL, 0);
    CHECK(nak_reason() == LQ_NAK_ESTOP_PRESSED);
    host.estop_high = false;
    host_ms(3);
    ask_power(LQ_SET, 3, 0x1, 500);
    CHECK(nak_reason() == LQ_NAK_ESTOP && host.relays == 0);
    ask(LQ_RESET_ESTOP, 4, NULL, 0);
    CHECK(sent_frame(LQ_STATUS) && host.relays == 0);
    ask_power(LQ_RENEW, 5, 0x1, 500);
    CHECK(nak_reason() == LQ_NAK_EXPIRED);
    ask_power(LQ_SET, 6, 0x1, 500);
    CHECK(host.relays == 0x1);
}

static void a_spike_is_no_press(void) {
    begin();
    for (int spike = 0; spike < 50; spike++) {
        host.estop_high = true;
        host_ms(2);
        host.estop_high = false;
        host_ms(1);
    }
    CHECK(host.relays == 0xF && !estop_latched());
}

static void the_latch_survives_a_reset_and_its_own_reset_too(void) {
    begin();
    host.estop_high = true;
    host_ms(20);
    host.estop_high = false;
    host_start();
    CHECK(estop_latched() && !estop_pressed());
    ask(LQ_RESET_ESTOP, 1, NULL, 0);
    host_ms(20);
    host_start();
    CHECK(!estop_latched());
}

static void power_lost_in_the_middle_of_the_record_means_latched(void) {
    for (long written = 1; written < 8; written++) {
        begin();
        host.estop_high = true;
        host_ms(30);
        host.estop_high = false;
        host_ms(30);
        host.store_writes_left = written;
        ask(LQ_RESET_ESTOP, 2, NULL, 0);
        host_ms(30);
        host.store_writes_left = 1000;
        host_start();
        CHECK(estop_latched() && estop_store_damaged());
    }
}

static void before_it_is_known_nothing_closes(void) {
    host_reset();
    app_tick();
    estop_init();
    CHECK(estop_blocks());
    CHECK(estop_tick() && estop_tick() && !estop_tick());
}

static void it_is_pressed_from_the_start_when_the_wire_is_broken(void) {
    host_reset();
    host.estop_high = true;
    host_start();
    ask_power(LQ_SET, 1, 0x1, 500);
    CHECK(nak_reason() == LQ_NAK_ESTOP && host.relays == 0 && estop_latched());
}

static void the_store_is_written_once_for_each_change(void) {
    begin();
    host.estop_high = true;
    host_ms(1000);
    host.store_writes_left = 1000;
    host_ms(60000);
    CHECK(host.store_writes_left == 1000);
}

void test_estop(void) {
    it_cuts_and_needs_release_then_reset();
    a_spike_is_no_press();
    the_latch_survives_a_reset_and_its_own_reset_too();
    power_lost_in_the_middle_of_the_record_means_latched();
    before_it_is_known_nothing_closes();
    it_is_pressed_from_the_start_when_the_wire_is_broken();
    the_store_is_written_once_for_each_change();
}
