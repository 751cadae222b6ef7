/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Pulses to bits to a verdict. */
#include <string.h>

#include "hal_host.h"
#include "unit.h"
#include "wiegand.h"

#define REST 0x0F

static struct wiegand_frame frame_of(const char *bits) {
    struct wiegand_frame frame = {.bits = (uint8_t)strlen(bits)};
    for (size_t at = 0; bits[at]; at++) {
        if (bits[at] == '1') {
            frame.data[at / 8] |= (uint8_t)(0x80 >> at % 8);
        }
    }
    return frame;
}

static void parity_is_judged_for_26_34_and_37_bits(void) {
    static const char *const good[] = {
        "00010100100010101100110011", "00000000000000000000000001",
        "1100000000000000000000000000000001", "1000000000000000001000000000000000000",
        "0000000000000000000000000000000000001",
    };
    for (unsigned at = 0; at < sizeof good / sizeof *good; at++) {
        struct wiegand_frame frame = frame_of(good[at]);
        CHECK(wiegand_verdict(&frame) == LQ_WIEGAND_OK);
        for (unsigned bit = 0; bit < frame.bits; bit++) {
            frame.data[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
            CHECK(wiegand_verdict(&frame) == LQ_WIEGAND_PARITY);
            frame.data[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        }
        frame.noise = true;
        CHECK(wiegand_verdict(&frame) == LQ_WIEGAND_NOISE);
    }
    struct wiegand_frame four = frame_of("0101");
    CHECK(wiegand_verdict(&four) == LQ_WIEGAND_RAW);
}

static uint16_t at; /* the clock, in half microseconds */

static void pulse(uint8_t line, unsigned width_us, unsigned period_us) {
    wiegand_edge((uint8_t)(REST & ~(1 << line)), at);
    wiegand_edge(REST, (uint16_t)(at + 2 * width_us));
    at = (uint16_t)(at + 2 * period_us);
}

static void rest(unsigned milliseconds) {
    while (milliseconds--) {
        wiegand_tick();
    }
}

static struct wiegand_frame taken(uint8_t reader) {
    struct wiegand_frame frame;
    uint8_t lost;
    rest(30);
    CHECK(wiegand_take(reader, &frame, &lost) && lost == 0);
    return frame;
}

static void timing_decides_what_is_noise(void) {
    static const struct { unsigned width, period; bool noise; } cases[] = {
        {20, 200, false}, {100, 20000, false}, {50, 1000, false}, {201, 1000, true}, {20, 149, true},
    };
    for (unsigned which = 0; which < sizeof cases / sizeof *cases; which++) {
        for (int bit = 0; bit < 26; bit++) {
            pulse(bit % 2, cases[which].width, cases[which].period);
            rest(cases[which].period / 1000);
        }
        struct wiegand_frame frame = taken(0);
        CHECK(frame.noise == cases[which].noise && frame.bits == 26);
        CHECK(frame.data[0] == 0x55 && frame.data[3] == 0x40);
    }
}

static void pulses_that_every_tick_finds_low_are_bits(void) {
    for (int bit = 0; bit < 26; bit++) {
        wiegand_edge(REST & ~1, at);
        wiegand_tick();
        wiegand_edge(REST, (uint16_t)(at + 100));
        at = (uint16_t)(at + 2000);
    }
    struct wiegand_frame frame = taken(0);
    CHECK(!frame.noise && frame.bits == 26);
}

static void spikes_are_no_bits(void) {
    pulse(2, 9, 1000);
    pulse(2, 50, 100);
    pulse(3, 5, 900);
    pulse(3, 50, 1000);
    struct wiegand_frame frame = taken(1);
    CHECK(frame.bits == 2 && !frame.noise && frame.data[0] == 0x40);
}

static void both_lines_at_once_are_noise(void) {
    pulse(0, 50, 1000);
    wiegand_edge(REST & ~3, at);
    wiegand_edge(REST, (uint16_t)(at + 100));
    CHECK(taken(0).noise);
}

static void a_line_held_low_is_noise_and_ends_nothing(void) {
    struct wiegand_frame frame;
    uint8_t lost;
    pulse(0, 50, 1000);
    wiegand_edge(REST & ~1, at);
    rest(100);
    CHECK(!wiegand_take(0, &frame, &lost));
    wiegand_edge(REST, at);
    CHECK(taken(0).noise);
}

static void too_many_bits_are_noise_and_counted(void) {
    for (int bit = 0; bit < 300; bit++) {
        pulse(1, 50, 1000);
    }
    struct wiegand_frame frame = taken(0);
    CHECK(frame.noise && frame.bits == 255);
}

static void what_found_no_room_is_counted(void) {
    struct wiegand_frame frame;
    uint8_t lost;
    uint16_t count = wiegand_count(0);
    for (int card = 0; card < 3; card++) {
        pulse(card == 0, 50, 1000);
        rest(30);
    }
    CHECK(wiegand_take(0, &frame, &lost) && lost == 2);
    CHECK(frame.data[0] == 0x80 && wiegand_count(0) == count + 3);
}

static void edges_that_went_by_unseen_spoil_what_is_being_received(void) {
    for (int bit = 0; bit < 26; bit++) {
        if (bit == 13) {
            wiegand_lost(REST & ~1);
            wiegand_edge(REST, at);
        }
        pulse(bit == 25, 50, 1000);
    }
    struct wiegand_frame frame = taken(0);
    CHECK(wiegand_verdict(&frame) == LQ_WIEGAND_NOISE);
    frame = taken(1);
    CHECK(wiegand_verdict(&frame) == LQ_WIEGAND_NOISE);
    pulse(1, 50, 1000);
    CHECK(!taken(0).noise);
}

void test_wiegand(void) {
    wiegand_edge(REST, 0);
    parity_is_judged_for_26_34_and_37_bits();
    timing_decides_what_is_noise();
    pulses_that_every_tick_finds_low_are_bits();
    spikes_are_no_bits();
    both_lines_at_once_are_noise();
    a_line_held_low_is_noise_and_ends_nothing();
    too_many_bits_are_noise_and_counted();
    what_found_no_room_is_counted();
    edges_that_went_by_unseen_spoil_what_is_being_received();
}
