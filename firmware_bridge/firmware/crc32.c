/* SPDX-License-Identifier: AGPL-3.0-or-later
 * CRC-32, half a byte at a time: 16 words of table instead of 256, four steps fewer than bit by bit. */
#include "crc32.h"

#ifdef __AVR__
#include <avr/pgmspace.h>
#define TABLE_ENTRY(index) pgm_read_dword(&table[index])
#else
#define PROGMEM
#define TABLE_ENTRY(index) table[index]
#endif

static const uint32_t table[16] PROGMEM = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t crc32(const uint8_t *data, uint8_t size) {
    uint32_t crc = 0xFFFFFFFFUL;
    while (size--) {
        crc ^= *data++;
        crc = (crc >> 4) ^ TABLE_ENTRY(crc & 15);
        crc = (crc >> 4) ^ TABLE_ENTRY(crc & 15);
    }
    return ~crc;
}
