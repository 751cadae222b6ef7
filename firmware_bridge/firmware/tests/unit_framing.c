/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames survive the wire; damaged ones don't. */
#include "frames.h"
#include "unit.h"

static int judge(const uint8_t *bytes, uint32_t size, struct framing *framing) {
    int result = FRAMING_NOTHING;
    *framing = (struct framing){.size = 0};
    for (uint32_t at = 0; at < size; at++) {
        result = framing_take(framing, bytes[at]);
    }
    return result;
}

static void every_size_comes_back(void) {
    struct framing framing;
    for (uint8_t size = 0; size <= LQ_BODY_MAX; size++) {
        uint8_t body[LQ_BODY_MAX];
        for (uint8_t at = 0; at < size; at++) {
            body[at] = (uint8_t)(rand() % 3 ? rand() : 0);
        }
        wire_frame(LQ_SET, 0x01020304, 0xA0B0C0D0, body, size);
        CHECK(judge(wire_bytes, wire_size, &framing) == FRAMING_GOOD);
        CHECK(framing.frame_size == LQ_HEADER_SIZE + size);
        CHECK(!memcmp(framing.bytes + LQ_HEADER_SIZE, body, size));
        CHECK(memchr(wire_bytes, 0, wire_size) == wire_bytes + wire_size - 1);
    }
}

/* CRC-32 finds all of these: its Hamming distance is 5 or more at this length (Koopman). */
static void up_to_two_wrong_bits_are_found(void) {
    struct framing framing;
    const uint8_t body[LQ_SIZE_SET] = {1, 0xF4, 1};
    wire_frame(LQ_SET, 77, 0xA0B0C0D0, body, sizeof body);
    for (uint32_t first = 0; first < 8 * wire_size; first++) {
        for (uint32_t second = first; second < 8 * wire_size; second++) {
            uint8_t damaged[sizeof wire_bytes];
            memcpy(damaged, wire_bytes, wire_size);
            damaged[first / 8] ^= (uint8_t)(1 << first % 8);
            if (second != first) {
                damaged[second / 8] ^= (uint8_t)(1 << second % 8);
            }
            CHECK(judge(damaged, wire_size, &framing) != FRAMING_GOOD);
        }
    }
}

static void a_broken_line_spoils_the_frame_and_no_other(void) {
    struct framing framing = {.size = 0};
    wire_frame(LQ_READ, 1, 2, NULL, 0);
    framing_break(&framing);
    for (uint32_t at = 0; at + 1 < wire_size; at++) {
        CHECK(framing_take(&framing, wire_bytes[at]) == FRAMING_NOTHING);
    }
    CHECK(framing_take(&framing, 0) == LQ_BAD_CRC);
    CHECK(framing_take(&framing, 0) == FRAMING_NOTHING);
    CHECK(judge(wire_bytes, wire_size, &framing) == FRAMING_GOOD);
}

void test_framing(void) {
    every_size_comes_back();
    up_to_two_wrong_bits_are_found();
    a_broken_line_spoils_the_frame_and_no_other();
}
