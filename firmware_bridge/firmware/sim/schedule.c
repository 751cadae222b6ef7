/* SPDX-License-Identifier: GPL-3.0-or-later
 * Commands that wait for their cycle, in order of time, then of arrival. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct waiting {
    uint64_t at;
    char *command;
    struct waiting *next;
};

static struct waiting *first;

bool schedule_add(uint64_t at, const char *command) {
    struct waiting *new = malloc(sizeof *new);
    if (!new) {
        return false;
    }
    *new = (struct waiting){.at = at, .command = strdup(command)};
    struct waiting **place = &first;
    while (*place && (*place)->at <= at) {
        place = &(*place)->next;
    }
    new->next = *place;
    *place = new;
    return true;
}

uint64_t schedule_due(void) { return first ? first->at : NEVER; }

void schedule_step(void) {
    while (first && first->at <= board_now()) {
        struct waiting *due = first;
        first = due->next;
        command_run(due->command);
        free(due->command);
        free(due);
    }
}
