/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The firmware's decoder as a filter: a line of hexadecimal bytes in, a line of outcomes out.
 *
 *   decode frames         good frames as hexadecimal header and body, bad ones as !CRC, !COBS, !SHORT, !OVERLONG
 *   decode session NONCE  what a firmware just started, with this nonce, sends in answer, as hexadecimal
 */
#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "frames.h"
#include "session.h"

static uint8_t bytes[1 << 20];

static void show(const uint8_t *from, uint32_t size) {
    for (uint32_t at = 0; at < size; at++) {
        printf("%02x", from[at]);
    }
}

static void frames(uint32_t size) {
    static const char *const names[] = {"", "!OVERLONG ", "!COBS ", "!SHORT ", "!CRC "};
    struct framing framing = {.size = 0};
    for (uint32_t at = 0; at < size; at++) {
        int result = framing_take(&framing, bytes[at]);
        if (result == FRAMING_GOOD) {
            show(framing.bytes, framing.frame_size);
            putchar(' ');
        } else if (result != FRAMING_NOTHING) {
            fputs(names[result], stdout);
        }
    }
}

static void session(uint32_t size, uint32_t nonce) {
    host_reset();
    host_start();
    session_init(nonce);
    host.sent_size = 0;
    host_send(bytes, size);
    show(host.sent, host.sent_size);
}

int main(int count, char **arguments) {
    bool with_session = count == 3 && !strcmp(arguments[1], "session");
    char pair[3] = "";
    uint32_t size = 0;
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (c != '\n') {
            pair[0] = (char)c;
            pair[1] = (char)getchar();
            bytes[size++ % sizeof bytes] = (uint8_t)strtoul(pair, NULL, 16);
            continue;
        }
        if (with_session) {
            session(size, (uint32_t)strtoul(arguments[2], NULL, 0));
        } else {
            frames(size);
        }
        putchar('\n');
        fflush(stdout);
        size = 0;
    }
    return 0;
}
