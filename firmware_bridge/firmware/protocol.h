/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the Pi (host) and the microcontroller (MCU) say to each other, version 1.
 *
 * LINE      UART, 115200 baud, 8 data bits, no parity, 1 stop bit. All integers little-endian.
 *
 * FRAME     header | body | crc32     then COBS (Cheshire and Baker 1999), then one 0x00.
 *           crc32: IEEE 802.3 (reflected 0xEDB88320, start and final xor 0xFFFFFFFF, "123456789"
 *           gives 0xCBF43926; Python's zlib.crc32) over header and body.
 *           A receiver takes the bytes between two 0x00 and judges them in this order:
 *             no bytes at all: not a frame, not an error (idle delimiters are allowed anywhere)
 *             more than LQ_ENCODED_MAX bytes: LQ_BAD_OVERLONG
 *             a COBS code that reaches past the end: LQ_BAD_COBS
 *             fewer than LQ_FRAME_MIN decoded bytes: LQ_BAD_SHORT
 *             wrong crc32: LQ_BAD_CRC
 *           A bad frame is counted and never answered. A sender puts a 0x00 in front of its first
 *           frame after opening the line and after an answer that did not come, so that what noise
 *           left behind costs no good frame.
 *
 * HEADER    version u8, type u8, seq u32, nonce u32 (LQ_HEADER_SIZE = 10 bytes).
 *
 * SESSION   The MCU draws a new nonce (never 0) at every reset, and tells it in HELLO_REPLY and in
 *           the header of all that it sends. Every host frame but HELLO must carry it. HELLO
 *           carries nonce 0, and changes nothing: not the nonce, not an output, not a latch.
 *
 * SEQUENCE  Host frames other than HELLO carry a seq that rises within a session. The MCU keeps
 *           the last one that it took (0 after reset; told in HELLO_REPLY and NAK) and takes a
 *           frame when (seq - last) mod 2^32 is 1 .. 2^31 - 1 (RFC 1982). It counts as taken once
 *           version, type, length, nonce and seq are right, whatever the verdict on its contents.
 *           HELLO's seq is a token that is merely echoed.
 *           What the MCU sends in answer echoes the host frame's seq. What it sends by itself
 *           (type 0x9x) carries its own count: 1, 2, 3 ... since reset; a hole means a lost event.
 *
 * ANSWERS   Each good host frame gets exactly one answer, begun within 10 ms:
 *             HELLO -> HELLO_REPLY; SET, RENEW, OFF, RESET_ESTOP, CLEAR_FAULTS -> STATUS;
 *             READ -> REPORT; anything refused -> NAK, and then nothing has changed.
 *           Checks go in the order of the NAK reasons. No answer within 50 ms: the host sends
 *           again with a NEW seq. Only one host frame should be on its way at a time.
 *
 * POWER     SET closes relays for ttl_ms, RENEW starts the time anew for relays that are STILL
 *           closed (else NAK LQ_NAK_EXPIRED: power that ran out never returns by itself), OFF opens
 *           them. A relay whose time runs out opens by itself. E-stop opens all.
 *           Keep alive with RENEW only; send SET once for each grant.
 */
#ifndef LOQUET_PROTOCOL_H
#define LOQUET_PROTOCOL_H

#define LQ_VERSION 1
#define LQ_BAUD 115200

#define LQ_HEADER_SIZE 10
#define LQ_CRC_SIZE 4
#define LQ_BODY_MAX 72
#define LQ_FRAME_MIN (LQ_HEADER_SIZE + LQ_CRC_SIZE)
#define LQ_FRAME_MAX (LQ_HEADER_SIZE + LQ_BODY_MAX + LQ_CRC_SIZE) /* 86, before COBS */
#define LQ_ENCODED_MAX (LQ_FRAME_MAX + 1)                         /* 87, without the 0x00 */

/* Offsets in the header. */
#define LQ_AT_VERSION 0
#define LQ_AT_TYPE 1
#define LQ_AT_SEQ 2
#define LQ_AT_NONCE 6

/* What is wrong with a bad frame. */
#define LQ_GOOD 0
#define LQ_BAD_OVERLONG 1
#define LQ_BAD_COBS 2
#define LQ_BAD_SHORT 3
#define LQ_BAD_CRC 4

/* Host to MCU. In braces the body. */
#define LQ_HELLO 0x01        /* {} */
#define LQ_SET 0x02          /* {relays u8, ttl_ms u16} relays: bit k is relay k; others stay as they are */
#define LQ_RENEW 0x03        /* {relays u8, ttl_ms u16} */
#define LQ_OFF 0x04          /* {relays u8} opening an open relay is no error */
#define LQ_READ 0x05         /* {} */
#define LQ_RESET_ESTOP 0x06  /* {} clears the E-stop latch, once E-stop is released */
#define LQ_CLEAR_FAULTS 0x07 /* {faults u16} forgets these fault bits; LQ_FAULT_ESTOP stays */

#define LQ_SIZE_SET 3
#define LQ_SIZE_OFF 1
#define LQ_SIZE_CLEAR_FAULTS 2

#define LQ_TTL_MIN_MS 200
#define LQ_TTL_MAX_MS 5000

/* MCU to host, in answer. */
#define LQ_HELLO_REPLY 0x81
#define LQ_STATUS 0x82
#define LQ_REPORT 0x83
#define LQ_NAK 0x84

/* MCU to host, by itself. */
#define LQ_BOOT 0x90    /* once after reset; body as HELLO_REPLY */
#define LQ_INPUT 0x91   /* an input changed */
#define LQ_WIEGAND 0x92 /* a reader sent bits */
#define LQ_FAULT 0x93   /* a fault bit was set that was clear before, or a relay's time ran out */

/* HELLO_REPLY and BOOT, 30 bytes:
 *   0 relays u8       how many relays
 *   1 inputs u8       bit k: input k is there (Nano 0xFF, Uno 0x3F)
 *   2 adcs u8         how many analogue channels
 *   3 readers u8      how many Wiegand readers
 *   4 sense u8        which input is the sense input (auxiliary contact), also an ordinary input
 *   5 boot u8         LQ_BOOT_* bits
 *   6 flags u8        LQ_FLAG_* bits
 *   7 reserved u8     0
 *   8 ttl_min_ms u16
 *  10 ttl_max_ms u16
 *  12 last_seq u32    the last seq taken in this session, 0 if none
 *  16 uptime_ms u32   since reset, wraps after 49 days
 *  20 window_ms u16   length of one RMS window (200 ms: 10 cycles at 50 Hz, 12 at 60 Hz, as IEC 61000-4-30)
 *  22 build 8 bytes   ASCII, first 8 hex digits of the SHA-256 of the firmware's sources
 */
#define LQ_SIZE_HELLO_REPLY 30
#define LQ_SIZE_BUILD 8

/* STATUS, 18 bytes:
 *   0 outputs u8      bit k: the output register drives relay k closed
 *   1 pins u8         bit k: relay k's pin is really high
 *   2 inputs u8       bit k: input k is high, after 5 ms of quiet (pull-up: open contact is high)
 *   3 flags u8        LQ_FLAG_* bits
 *   4 faults u16      LQ_FAULT_* bits as a mask: 1 << LQ_FAULT_x
 *   6 uptime_ms u32
 *  10 left_ms u16[4]  time until relay k opens by itself; 0: open
 */
#define LQ_SIZE_STATUS 18

/* REPORT, 70 bytes: STATUS, then
 *  18 edges u16[9]      changes of input k since reset, modulo 65536; [8] is E-stop
 *  36 reads u16[2]      frames from Wiegand reader k since reset, modulo 65536, good or bad
 *  40 bad_frames u16    bad frames received (LQ_BAD_* and line errors), stays at 65535
 *  42 refused u16       frames answered with NAK, stays at 65535
 *  44 lost_events u16   events that found no room to be sent, stays at 65535
 *  46 windows u16       RMS windows completed, modulo 65536
 *  48 rms u16[2]        of the alternating part, in 1/16 of an ADC step (10 bits over 5 V: 305.2 uV)
 *  52 mean u16[2]       in 1/16 of an ADC step
 *  56 peak u16[2]       largest distance from 512 in the window, in ADC steps; 511 or more: clipped
 *  60 free_ram u16      bytes of RAM that the stack has never reached
 *  62 reserved 8 bytes  0
 */
#define LQ_SIZE_REPORT 70
#define LQ_EDGE_COUNTERS 9

/* NAK, 6 bytes: 0 reason u8, 1 type u8 (of the frame refused), 2 last_seq u32 */
#define LQ_SIZE_NAK 6
#define LQ_NAK_VERSION 1       /* not LQ_VERSION */
#define LQ_NAK_TYPE 2          /* no such host frame */
#define LQ_NAK_LENGTH 3        /* the body has another size */
#define LQ_NAK_NONCE 4         /* not of this session: say HELLO */
#define LQ_NAK_SEQ 5           /* not newer than last_seq */
#define LQ_NAK_RANGE 6         /* no such relay, no relay at all, or ttl_ms outside its limits */
#define LQ_NAK_ESTOP 7         /* SET, RENEW: E-stop is pressed or latched */
#define LQ_NAK_ESTOP_PRESSED 8 /* RESET_ESTOP: still pressed */
#define LQ_NAK_EXPIRED 9       /* RENEW: at least one of these relays is open */

/* INPUT, 8 bytes: 0 input u8 (LQ_INPUT_ESTOP: E-stop, high is pressed), 1 high u8, 2 count u16 (as edges
 * in REPORT), 4 at_ms u32 (uptime). Changes that came too fast to be sent one by one are told as one, with the
 * last level: count has then risen by more than 1. */
#define LQ_SIZE_INPUT 8
#define LQ_INPUT_ESTOP 8

/* WIEGAND, 17 bytes: 0 reader u8, 1 verdict u8, 2 bits u8 (how many), 3 reserved u8 (0), 4 count u16 (as reads
 * in REPORT), 6 at_ms u32 (uptime), 10 data 7 bytes: the first bit received is bit 7 of the first byte,
 * unused bits are 0. Bits beyond LQ_WIEGAND_BITS_MAX are counted (up to 255), not kept.
 * Parity, bits numbered from 0: first bit even, last bit odd, over
 *   26 bits: 0-12 and 13-25    34 bits: 0-16 and 17-33    37 bits: 0-18 and 18-36 (HID H10302, H10304) */
#define LQ_SIZE_WIEGAND 17
#define LQ_WIEGAND_BITS_MAX 56
#define LQ_WIEGAND_OK 0     /* 26, 34 or 37 bits, parity right */
#define LQ_WIEGAND_PARITY 1 /* 26, 34 or 37 bits, parity wrong */
#define LQ_WIEGAND_RAW 2    /* another number of bits: no parity known */
#define LQ_WIEGAND_NOISE 3  /* pulses out of the timing range, on both lines at once, or too many: believe nothing */

/* FAULT, 4 bytes: 0 code u8 (LQ_FAULT_*), 1 flags u8, 2 faults u16 (all fault bits now) */
#define LQ_SIZE_FAULT 4
#define LQ_FAULT_ESTOP 0       /* E-stop pressed or latched */
#define LQ_FAULT_EXPIRED 1     /* a relay opened because its time ran out */
#define LQ_FAULT_OUTPUT 2      /* a relay's pin differs from the output register: all relays are opened */
#define LQ_FAULT_WATCHDOG 3    /* the last reset came from the watchdog */
#define LQ_FAULT_BROWN_OUT 4   /* the last reset came from low voltage */
#define LQ_FAULT_MEMORY 5      /* the EEPROM's record of the E-stop latch is damaged: taken as latched */
#define LQ_FAULT_OVERRUN 6     /* bytes from the host were lost */
#define LQ_FAULT_EVENTS 7      /* lost_events has risen */

#define LQ_FLAG_ESTOP_PRESSED 0x01 /* now, after 3 ms of quiet */
#define LQ_FLAG_ESTOP_LATCHED 0x02 /* until RESET_ESTOP, through resets */

#define LQ_BOOT_POWER_ON 0x01
#define LQ_BOOT_EXTERNAL 0x02
#define LQ_BOOT_BROWN_OUT 0x04
#define LQ_BOOT_WATCHDOG 0x08
#define LQ_BOOT_UNKNOWN 0x80 /* a boot loader has cleared the register, or code jumped to address 0 */

#endif
