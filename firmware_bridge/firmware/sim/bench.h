/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A test bench for the firmware: the elf on a simulated ATmega328P, its serial line on a pty, its pins and
 * analogue inputs driven and watched. README.md lists the commands and what comes back.
 */
#ifndef LOQUET_BENCH_H
#define LOQUET_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CYCLES_PER_US 16
#define CYCLES_PER_BYTE 1389 /* ten bits at 115,200 baud */
#define NEVER UINT64_MAX

/* board.c: the simulated chip. */
bool board_load(const char *elf);
uint64_t board_now(void);                 /* CPU cycles since the bench began, through resets */
bool board_run(uint64_t until);           /* false if the CPU has stopped for good */
void board_drive(char port, int pin, int level);
void board_analogue(int channel, double offset_mv, double amplitude_mv, double hertz);
void board_hold(uint8_t cause);           /* in reset, pins floating, until board_release; cause goes to MCUSR */
void board_release(void);
void board_forget(void);                  /* power is gone: RAM holds chance, EEPROM keeps */
bool board_flip(unsigned at, unsigned bit); /* one bit of RAM, by its address; false: none is there */
void board_hang(bool interrupts);         /* an endless loop, as a bug would make it */
void board_eeprom(uint16_t at, uint8_t *bytes, size_t size);
void board_dump_eeprom(void);
void board_receive(uint8_t byte);         /* from the line to the chip */
uint8_t board_relays(void);

/* line.c: the serial line. */
bool line_open(const char *link);
void line_unplug(void);
bool line_plug(void);
int line_fd(void);                        /* to be polled, -1 while unplugged or full */
void line_poll(void);                     /* takes what the host has written */
void line_queue(const uint8_t *bytes, size_t size);
uint64_t line_due(void);                  /* when the next byte reaches the chip */
void line_step(void);                     /* lets it */
void line_sent(uint8_t byte);             /* from the chip to the line */
void line_show_frames(void);

/* schedule.c: commands that wait for their cycle. */
bool schedule_add(uint64_t at, const char *command);
uint64_t schedule_due(void);
void schedule_step(void);

/* commands.c */
void command_run(const char *line);
bool command_wants_exit(void);
uint64_t command_run_until(void);         /* how far stepped time may go */

/* output.c: one JSON object a line. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_flush(void);

#endif
