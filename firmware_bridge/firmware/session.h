/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames from the host: which are taken, what they do, what is answered (protocol.h). Main loop only. */
#ifndef LOQUET_SESSION_H
#define LOQUET_SESSION_H

#include <stdint.h>

void session_init(uint32_t nonce);
void session_byte(uint8_t byte); /* see that there is room for an answer before: MESSAGE_WIRE_MAX */
void session_line_broken(void);  /* bytes from the host were lost or garbled */
void session_boot(uint32_t seq); /* sends BOOT */

#endif
