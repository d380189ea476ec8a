/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target on the files that are named, each in a block of its own
 * size, and on each file cut in half: what libFuzzer found once stays found
 * where there is no libFuzzer.
 */
#include "fuzz.h"

static void run(const uint8_t *data, size_t size)
{
    uint8_t *block = malloc(size > 0 ? size : 1);

    if (block == NULL)
        exit(99);
    for (size_t i = 0; i < size; i++)
        block[i] = data[i];
    LLVMFuzzerTestOneInput(block, size);
    free(block);
}

static void run_file(const char *path)
{
    static uint8_t data[1024 * 1024];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL) {
        perror(path);
        exit(99);
    }
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    run(data, size);
    run(data, size / 2);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    printf("%d inputs\n", argc - 1);
    return 0;
}
