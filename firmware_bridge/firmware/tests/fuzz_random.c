/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runs the fuzz target on random scripts where there is no libFuzzer: fuzz_random RUNS [SEED]. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int count, char **arguments) {
    long runs = count > 1 ? atol(arguments[1]) : 1000;
    srand(count > 2 ? (unsigned)atol(arguments[2]) : 1);
    for (long run = 0; run < runs; run++) {
        uint8_t script[256];
        size_t size = (size_t)rand() % sizeof script;
        for (size_t at = 0; at < size; at++) {
            script[at] = (uint8_t)rand();
        }
        LLVMFuzzerTestOneInput(script, size);
    }
    printf("%ld runs, no relay closed that was not asked for\n", runs);
    return 0;
}
