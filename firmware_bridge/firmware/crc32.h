/* SPDX-License-Identifier: AGPL-3.0-or-later
 * CRC-32 of IEEE 802.3, clause 3.2.9: reflected 0xEDB88320, start and final xor 0xFFFFFFFF. */
#ifndef LOQUET_CRC32_H
#define LOQUET_CRC32_H

#include <stdint.h>

uint32_t crc32(const uint8_t *data, uint8_t size);

#endif
