/* SPDX-License-Identifier: GPL-3.0-or-later
 * The serial line: a pty of its own, bytes at the line's own pace. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bench.h"

#define QUEUE_SIZE 65536

static uint8_t queue[QUEUE_SIZE];
static size_t head, tail;
static uint64_t next_at;
static const char *link_path;
static int master = -1, slave = -1;
static bool show_frames;

static size_t queued(void) { return (head - tail) % QUEUE_SIZE; }

static bool make_link(const char *name) {
    char fresh[4096];
    snprintf(fresh, sizeof fresh, "%s.new", link_path);
    unlink(fresh);
    return !symlink(name, fresh) && !rename(fresh, link_path);
}

/* The bench keeps the far end open itself, or the pty would report a hang-up before the host comes. */
bool line_plug(void) {
    char name[64];
    struct termios raw;
    if (!link_path || master >= 0) {
        return true;
    }
    if (openpty(&master, &slave, name, NULL, NULL) || tcgetattr(slave, &raw)) {
        return false;
    }
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    fcntl(master, F_SETFL, O_NONBLOCK);
    return make_link(name);
}

bool line_open(const char *link) {
    link_path = link;
    return line_plug();
}

void line_unplug(void) {
    if (master >= 0) {
        unlink(link_path);
        close(slave);
        close(master);
        master = slave = -1;
    }
    tail = head;
}

static size_t room(void) { return QUEUE_SIZE - 1 - queued(); }

int line_fd(void) { return room() ? master : -1; }

void line_queue(const uint8_t *bytes, size_t size) {
    if (!queued() && next_at < board_now()) {
        next_at = board_now();
    }
    for (size_t at = 0; at < size && room(); at++) {
        queue[head] = bytes[at];
        head = (head + 1) % QUEUE_SIZE;
    }
}

void line_poll(void) {
    uint8_t bytes[256];
    size_t most = room() < sizeof bytes ? room() : sizeof bytes;
    ssize_t size = master < 0 ? 0 : read(master, bytes, most);
    if (size > 0) {
        line_queue(bytes, (size_t)size);
    }
}

uint64_t line_due(void) { return queued() ? next_at : NEVER; }

void line_step(void) {
    while (queued() && next_at <= board_now()) {
        board_receive(queue[tail]);
        tail = (tail + 1) % QUEUE_SIZE;
        next_at += CYCLES_PER_BYTE;
    }
}

void line_show_frames(void) { show_frames = true; }

static void show(uint8_t byte) {
    static char hex[2 * 1024 + 1];
    static size_t size;
    if (byte && size < sizeof hex - 3) {
        size += (size_t)sprintf(hex + size, "%02x", byte);
    } else if (size) {
        say("\"frame\":\"%s00\"", hex);
        size = 0;
    }
}

void line_sent(uint8_t byte) {
    if (master >= 0 && write(master, &byte, 1) < 0 && errno != EAGAIN) {
        say("\"line\":\"%s\"", strerror(errno));
    }
    if (show_frames) {
        show(byte);
    }
}
