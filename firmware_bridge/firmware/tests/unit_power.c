/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Power stays only while it is renewed, and never comes back by itself. */
#include "frames.h"
#include "relays.h"
#include "unit.h"

static void begin(void) {
    host_reset();
    host_start();
}

static void it_ends_with_its_time(void) {
    begin();
    ask_power(LQ_SET, 1, 0x5, 500);
    CHECK(host.relays == 0x5 && sent_frame(LQ_STATUS));
    host_ms(499);
    CHECK(host.relays == 0x5);
    host.sent_size = 0;
    host_ms(1);
    CHECK(host.relays == 0);
    CHECK(sent_frame(LQ_FAULT)->bytes[LQ_HEADER_SIZE] == LQ_FAULT_EXPIRED);
}

static void renewing_keeps_it_and_closes_nothing(void) {
    begin();
    ask_power(LQ_SET, 1, 0x1, 200);
    for (uint32_t seq = 2; seq < 12; seq++) {
        host_ms(150);
        ask_power(LQ_RENEW, seq, 0x1, 200);
        CHECK(host.relays == 0x1);
    }
    ask_power(LQ_RENEW, 20, 0x3, 200);
    CHECK(nak_reason() == LQ_NAK_EXPIRED && host.relays == 0x1);
    host_ms(200);
    CHECK(host.relays == 0);
    ask_power(LQ_RENEW, 21, 0x1, 200);
    CHECK(nak_reason() == LQ_NAK_EXPIRED && host.relays == 0);
}

static void off_opens_only_what_it_names(void) {
    begin();
    ask_power(LQ_SET, 1, 0xF, 5000);
    uint8_t relays = 0x6;
    ask(LQ_OFF, 2, &relays, 1);
    CHECK(host.relays == 0x9);
    relays = 0x10;
    ask(LQ_OFF, 3, &relays, 1);
    CHECK(nak_reason() == LQ_NAK_RANGE && host.relays == 0x9);
}

static void a_pin_that_does_not_follow_opens_all(void) {
    begin();
    ask_power(LQ_SET, 1, 0xF, 5000);
    host.shorted = 0x2;
    host_ms(2);
    CHECK(host.relays == 0xF);
    host.sent_size = 0;
    host_ms(2);
    CHECK(host.relays == 0);
    CHECK(sent_frame(LQ_FAULT)->bytes[LQ_HEADER_SIZE] == LQ_FAULT_OUTPUT);
}

static void a_bit_flipped_in_the_register_lives_a_millisecond(void) {
    begin();
    host.relays = 0x8;
    host_ms(1);
    CHECK(host.relays == 0);
}

void test_power(void) {
    it_ends_with_its_time();
    renewing_keeps_it_and_closes_nothing();
    off_opens_only_what_it_names();
    a_pin_that_does_not_follow_opens_all();
    a_bit_flipped_in_the_register_lives_a_millisecond();
}
