/* SPDX-License-Identifier: GPL-3.0-or-later
 * The bench's commands, one a line: see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define POWER_ON 1
#define EXTERNAL 2
#define BROWN_OUT 4

static bool wants_exit;
static uint64_t run_until;

bool command_wants_exit(void) { return wants_exit; }
uint64_t command_run_until(void) { return run_until; }

static size_t from_hex(const char *text, uint8_t *bytes, size_t room) {
    size_t size = 0;
    unsigned value;
    while (size < room && sscanf(text + 2 * size, "%2x", &value) == 1) {
        bytes[size++] = (uint8_t)value;
    }
    return size;
}

static bool send(const char *hex) {
    static uint8_t bytes[32768];
    line_queue(bytes, from_hex(hex, bytes, sizeof bytes));
    return true;
}

static bool pin(const char *text) {
    char port;
    int number, level;
    if (sscanf(text, "%c%d %d", &port, &number, &level) != 3 || port < 'B' || port > 'D' || number < 0 ||
        number > 7) {
        return false;
    }
    board_drive(port, number, level);
    return true;
}

static bool adc(const char *text) {
    int channel;
    double offset, amplitude = 0, hertz = 0;
    if (sscanf(text, "%d %lf %lf %lf", &channel, &offset, &amplitude, &hertz) < 2 || channel < 0 ||
        channel > 7) {
        return false;
    }
    board_analogue(channel, offset, amplitude, hertz);
    return true;
}

static bool hold(const char *text, uint8_t cause) {
    double us = 100;
    sscanf(text, "%lf", &us);
    board_hold(cause);
    return schedule_add(board_now() + (uint64_t)(us * CYCLES_PER_US), "release");
}

static bool eeprom(const char *text) {
    static uint8_t bytes[1024];
    int at;
    char hex[2 * sizeof bytes + 1];
    if (sscanf(text, "%d %2048s", &at, hex) != 2 || at < 0 || at > 1023) {
        board_dump_eeprom();
        return true;
    }
    board_eeprom((uint16_t)at, bytes, from_hex(hex, bytes, sizeof bytes - (size_t)at));
    return true;
}

/* BITS on the lines of a reader: pulses of WIDTH, PERIOD from start to start, in microseconds. */
static bool wiegand(const char *text) {
    int reader;
    char bits[128], command[16];
    double width = 50, period = 1000;
    if (sscanf(text, "%d %127[01] %lf %lf", &reader, bits, &width, &period) < 2 || reader < 0 || reader > 1) {
        return false;
    }
    for (size_t bit = 0; bits[bit]; bit++) {
        uint64_t start = board_now() + (uint64_t)((double)bit * period * CYCLES_PER_US);
        int line = 2 + 2 * reader + (bits[bit] == '1');
        snprintf(command, sizeof command, "pin D%d 0", line);
        schedule_add(start, command);
        snprintf(command, sizeof command, "pin D%d 1", line);
        schedule_add(start + (uint64_t)(width * CYCLES_PER_US), command);
    }
    return true;
}

static bool later(const char *text) {
    double us;
    int read;
    return sscanf(text, "%lf %n", &us, &read) == 1 &&
           schedule_add(board_now() + (uint64_t)(us * CYCLES_PER_US), text + read);
}

static bool run(const char *text) {
    double us;
    if (sscanf(text, "%lf", &us) != 1) {
        return false;
    }
    run_until = board_now() + (uint64_t)(us * CYCLES_PER_US);
    return true;
}

static bool on(const char *text) {
    (void)text;
    board_release();
    return true;
}

static bool off(const char *text) {
    (void)text;
    board_hold(POWER_ON);
    board_forget();
    return true;
}

static bool hang(const char *text) {
    board_hang(strcmp(text, "dead") != 0);
    return true;
}

static bool flip(const char *text) {
    unsigned at, bit;
    return sscanf(text, "%u %u", &at, &bit) == 2 && board_flip(at, bit);
}

static bool reset(const char *text) { return hold(text, EXTERNAL); }
static bool brown_out(const char *text) { return hold(text, BROWN_OUT); }

static bool unplug(const char *text) {
    (void)text;
    line_unplug();
    return true;
}

static bool plug(const char *text) {
    (void)text;
    return line_plug();
}

static bool quit(const char *text) {
    (void)text;
    wants_exit = true;
    return true;
}

static const struct {
    const char *name;
    bool (*run)(const char *rest);
} commands[] = {
    {"pin", pin}, {"adc", adc}, {"send", send}, {"wiegand", wiegand}, {"at", later}, {"run", run},
    {"reset", reset}, {"brownout", brown_out}, {"off", off}, {"on", on}, {"release", on}, {"hang", hang},
    {"flip", flip},
    {"eeprom", eeprom}, {"unplug", unplug}, {"plug", plug}, {"quit", quit},
};

void command_run(const char *line) {
    char name[16] = "";
    int read = 0;
    sscanf(line, "%15s %n", name, &read);
    for (size_t at = 0; at < sizeof commands / sizeof *commands; at++) {
        if (!strcmp(name, commands[at].name)) {
            if (!commands[at].run(line + read)) {
                say("\"error\":\"%s: wrong arguments\"", name);
            }
            return;
        }
    }
    if (*name) {
        say("\"error\":\"no such command\"");
    }
}
