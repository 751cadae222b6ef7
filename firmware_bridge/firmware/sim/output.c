/* SPDX-License-Identifier: GPL-3.0-or-later
 * JSON lines on a copy of standard output: libsimavr itself prints to the original, which becomes stderr. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static FILE *out(void) {
    static FILE *file;
    if (!file) {
        file = fdopen(dup(STDOUT_FILENO), "w");
        if (!file || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
            exit(3);
        }
    }
    return file;
}

void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(out(), "{\"cycle\":%llu,", (unsigned long long)board_now());
    vfprintf(out(), format, arguments);
    fputs("}\n", out());
    va_end(arguments);
}

void say_flush(void) { fflush(out()); }
