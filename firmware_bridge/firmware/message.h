/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames to the host: header, body, and off. Main loop only. */
#ifndef LOQUET_MESSAGE_H
#define LOQUET_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/* What a whole frame takes on the line at most, with COBS and the 0x00. */
#define MESSAGE_WIRE_MAX (LQ_ENCODED_MAX + 1)

void message_init(uint32_t nonce);
uint32_t message_nonce(void);
uint8_t *message_begin(uint8_t type, uint32_t seq); /* the body, LQ_BODY_MAX zeros to be filled */
void message_end(uint8_t body_size);                /* sends it; see that there is room before */

#endif
