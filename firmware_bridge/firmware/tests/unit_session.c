/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which frames are taken. */
#include "faults.h"
#include "frames.h"
#include "unit.h"

static void begin(void) {
    host_reset();
    host_start();
}

static void hello_tells_and_changes_nothing(void) {
    begin();
    ask_power(LQ_SET, 9, 0x1, 500);
    uint32_t nonce = message_nonce();
    ask(LQ_HELLO, 1234, NULL, 0);
    const struct framing *reply = sent_frame(LQ_HELLO_REPLY);
    CHECK(reply && get32(reply->bytes + LQ_AT_SEQ) == 1234 && get32(reply->bytes + LQ_AT_NONCE) == nonce);
    CHECK(get32(reply->bytes + LQ_HEADER_SIZE + 12) == 9);
    CHECK(host.relays == 0x1);
}

static void seq_wraps_and_never_goes_back(void) {
    static const uint32_t rising[] = {1, 2, 0x7FFFFFFF, 0x80000005, 0xFFFFFFFF, 3};
    begin();
    for (unsigned at = 0; at < sizeof rising / sizeof *rising; at++) {
        ask(LQ_READ, rising[at], NULL, 0);
        CHECK(sent_frame(LQ_REPORT));
        ask(LQ_READ, rising[at], NULL, 0);
        CHECK(nak_reason() == LQ_NAK_SEQ);
        ask(LQ_READ, rising[at] - 1, NULL, 0);
        CHECK(nak_reason() == LQ_NAK_SEQ);
    }
}

static void each_start_has_a_nonce_of_its_own(void) {
    static uint32_t nonces[300];
    host_reset();
    for (unsigned start = 0; start < 300; start++) {
        host_start();
        nonces[start] = message_nonce();
        CHECK(nonces[start] != 0);
        for (unsigned before = 0; before < start; before++) {
            CHECK(nonces[before] != nonces[start]);
        }
    }
}

static void a_frame_of_the_session_before_is_refused(void) {
    begin();
    uint8_t body[LQ_SIZE_SET] = {1, 0xF4, 1};
    wire_frame(LQ_SET, 1000, message_nonce(), body, sizeof body);
    host_start();
    host.sent_size = 0;
    host_send(wire_bytes, wire_size);
    CHECK(nak_reason() == LQ_NAK_NONCE && host.relays == 0);
}

static void faults_can_be_forgotten_but_not_the_latch(void) {
    static const uint8_t all[] = {0xFF, 0xFF};
    host_reset();
    host.boot_reason = LQ_BOOT_WATCHDOG | LQ_BOOT_BROWN_OUT;
    host.estop_high = true;
    host_start();
    CHECK(faults_bits() == (1 << LQ_FAULT_WATCHDOG | 1 << LQ_FAULT_BROWN_OUT | 1 << LQ_FAULT_ESTOP));
    ask(LQ_CLEAR_FAULTS, 1, all, sizeof all);
    CHECK(faults_bits() == 1 << LQ_FAULT_ESTOP);
}

static void lost_bytes_are_told_and_cost_a_frame(void) {
    begin();
    host.receive_lost = true;
    ask_power(LQ_SET, 1, 0x1, 500);
    CHECK(host.relays == 0 && !sent_frame(LQ_STATUS));
    CHECK(faults_bits() & 1 << LQ_FAULT_OVERRUN);
    ask_power(LQ_SET, 2, 0x1, 500);
    CHECK(host.relays == 0x1);
}

static void the_watchdog_is_kicked_only_while_time_goes_on(void) {
    begin();
    host_ms(10);
    uint32_t kicks = host.kicks;
    app_step();
    app_step();
    CHECK(host.kicks == kicks);
    host_ms(1);
    CHECK(host.kicks == kicks + 1);
}

void test_session(void) {
    hello_tells_and_changes_nothing();
    seq_wraps_and_never_goes_back();
    each_start_has_a_nonce_of_its_own();
    a_frame_of_the_session_before_is_refused();
    faults_can_be_forgotten_but_not_the_latch();
    lost_bytes_are_told_and_cost_a_frame();
    the_watchdog_is_kicked_only_while_time_goes_on();
}
