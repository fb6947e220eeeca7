/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>

/*
 * Gives a fuzz target every file of its corpus, for compilers without
 * libFuzzer. An argument is the directory to take instead. The name of a
 * file stands in the output before the target gets it.
 */
static uint8_t *file_octets(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long end;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0) {
		perror(path);
		exit(1);
	}
	rewind(file);
	*size = (size_t)end;
	data = xmalloc(*size);
	if (fread(data, 1, *size, file) != *size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return data;
}

static void replay_file(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	size_t size;
	uint8_t *data = file_octets(path, &size);

	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	free(path);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	char *directory = argc > 1 ? xstrdup(argv[1]) :
		xasprintf(TOP_SRCDIR "/tests/fuzz/corpus/%s", fuzz_corpus);
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_visible, alphasort);

	if (count <= 0)
		fprintf(stderr, "%s: no corpus is there\n", directory);
	for (int i = 0; i < count; i++) {
		replay_file(directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(directory);
	return count > 0 ? 0 : 1;
}
