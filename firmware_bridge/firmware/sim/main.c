/* SPDX-License-Identifier: GPL-3.0-or-later
 * The bench's command line and its loop: real time, as fast as it can, or step by step. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SLICE_US 250
#define INPUT_SIZE 70000

enum pace { REAL, FREE, STEP };

static enum pace pace = REAL;
static const char *elf, *link_path;
static bool estop_open;
static char input[INPUT_SIZE];
static size_t input_size;
static bool ended; /* nothing more comes on standard input */

static int usage(void) {
    fputs("usage: bench FIRMWARE.elf [--link PATH] [--pace real|free|step] [--frames] [--estop-open]\n"
          "commands come on standard input, JSON lines go to standard output: see README.md\n",
          stderr);
    return 2;
}

static bool set_pace(const char *name) {
    static const char *const names[] = {"real", "free", "step"};
    for (int at = REAL; at <= STEP; at++) {
        if (!strcmp(name, names[at])) {
            pace = (enum pace)at;
            return true;
        }
    }
    return false;
}

static bool stepping(void) { return pace == STEP && command_run_until() > board_now(); }

/* Runs the whole lines that have come. In stepped time a run ends the round: what follows waits for it. */
static void obey(void) {
    char *end;
    while (!stepping() && (end = memchr(input, '\n', input_size))) {
        *end = 0;
        command_run(input);
        size_t used = (size_t)(end - input) + 1;
        input_size -= used;
        memmove(input, end + 1, input_size);
    }
}

static bool command_waits(void) { return memchr(input, '\n', input_size); }

static void read_commands(void) {
    ssize_t size = read(STDIN_FILENO, input + input_size, sizeof input - input_size);
    if (size > 0) {
        input_size += (size_t)size;
    } else if (size == 0 || errno != EINTR) {
        ended = true;
    }
}

/* False when there is nothing more to do: whoever started the bench is gone, or has said so. */
static bool listen_to_host(int64_t timeout_us) {
    struct pollfd fds[] = {{.fd = ended ? -1 : STDIN_FILENO, .events = POLLIN},
                           {.fd = line_fd(), .events = POLLIN}};
    struct timespec timeout = {.tv_sec = timeout_us / 1000000, .tv_nsec = timeout_us % 1000000 * 1000};
    if (ppoll(fds, 2, timeout_us < 0 ? NULL : &timeout, NULL) > 0) {
        if (fds[0].revents) {
            read_commands();
        }
        line_poll();
    }
    obey();
    return !command_wants_exit() && (!ended || command_waits() || stepping());
}

static int64_t real_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* The wall is late when the machine was busy: then time is not made up for, it is lost. */
static int64_t real_slice(void) {
    static int64_t lag;
    static bool begun;
    int64_t ahead = (int64_t)(board_now() / CYCLES_PER_US) - real_us();
    if (!begun || ahead - lag < -100000) {
        lag = ahead;
        begun = true;
    }
    return ahead > lag ? ahead - lag : 0;
}

static bool advance(void) {
    if (pace == REAL && real_slice()) {
        return true; /* the host has spoken before it was time */
    }
    if (pace != STEP) {
        return board_run(board_now() + SLICE_US * CYCLES_PER_US);
    }
    if (!stepping()) {
        return true;
    }
    bool alive = board_run(command_run_until());
    say("\"ran\":true,\"relays\":%d", board_relays());
    return alive;
}

static int64_t wait_us(void) {
    if (pace == REAL) {
        return real_slice();
    }
    return pace == FREE || ended || command_waits() ? 0 : -1;
}

static int loop(void) {
    while (listen_to_host(wait_us())) {
        bool alive = advance();
        say_flush();
        if (!alive) {
            return 4;
        }
    }
    return 0;
}

static void rest_levels(void) {
    for (int pin = 2; pin <= 7; pin++) {
        board_drive('D', pin, pin == 6 ? estop_open : 1);
    }
    for (int pin = 0; pin <= 4; pin++) {
        board_drive('B', pin, 1);
    }
    board_drive('C', 4, 1);
    board_drive('C', 5, 1);
    for (int channel = 0; channel < 8; channel++) {
        board_analogue(channel, 2500, 0, 0);
    }
}

/* Takes one argument, and the next where it belongs to it. Gives how many were taken, 0 if it is wrong. */
static int take_argument(const char *argument, const char *next) {
    if (!strcmp(argument, "--link") && next) {
        link_path = next;
        return 2;
    }
    if (!strcmp(argument, "--pace") && next && set_pace(next)) {
        return 2;
    }
    if (!strcmp(argument, "--frames")) {
        line_show_frames();
        return 1;
    }
    if (!strcmp(argument, "--estop-open")) {
        estop_open = true;
        return 1;
    }
    if (*argument == '-' || elf) {
        return 0;
    }
    elf = argument;
    return 1;
}

static bool take_arguments(char **arguments) {
    while (*arguments) {
        int taken = take_argument(arguments[0], arguments[1]);
        if (!taken) {
            return false;
        }
        arguments += taken;
    }
    return elf;
}

int main(int count, char **arguments) {
    if (count < 2 || !take_arguments(arguments + 1)) {
        return usage();
    }
    if (!board_load(elf) || (link_path && !line_open(link_path))) {
        fprintf(stderr, "bench: can't load %s or open %s\n", elf, link_path ? link_path : "a pty");
        return 3;
    }
    rest_levels();
    board_release();
    say("\"ready\":true");
    say_flush();
    int status = loop();
    line_unplug();
    return status;
}
