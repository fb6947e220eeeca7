/* SPDX-License-Identifier: MIT */
#include "act/output.h"
#include "base/log.h"
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What a reload command or a publishing program prints, on its way into
 * messages, into the log and from there before a person's eyes. */
const char fuzz_corpus[] = "output";

/* An octet is four characters at most once it is escaped. */
#define LINE_MAX_ESCAPED ((size_t)OUTPUT_LINE_MAX * 4)

static bool is_harmless(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void check_last_line(const char *output)
{
	char *line = output_last_line(output);

	invariant(is_harmless(line));
	invariant(strlen(line) <= 2 + LINE_MAX_ESCAPED);
	invariant(!*line || (line[0] == ':' && line[1] == ' ' && line[2]));
	free(line);
}

/* The log of one call: in memory, truncated. */
static char *read_log(int file)
{
	off_t size = lseek(file, 0, SEEK_END);
	char *text = xmalloc((size_t)size + 1);

	must(pread(file, text, (size_t)size, 0) == size);
	text[size] = '\0';
	must(ftruncate(file, 0) == 0);
	return text;
}

static void check_log(int file, const char *output)
{
	char *text, *rest, *line;
	unsigned lines = 0;

	output_log("mail.example.com", output);
	text = rest = read_log(file);
	while ((line = strsep(&rest, "\n")) && *line) {
		lines++;
		invariant(strstr(line, "]: mail.example.com: "));
		invariant(is_harmless(line));
		invariant(strlen(line) <= 80 + LINE_MAX_ESCAPED);
	}
	invariant(lines <= OUTPUT_LINES_MAX + 1);
	invariant(!rest || !*rest);
	free(text);
}

static int open_log(void)
{
	char path[] = "/tmp/alnitak-log-XXXXXX";
	int file = mkstemp(path);

	invariant(file >= 0);
	must(log_open(LOG_SINK_FILE, path, LOG_LEVEL_VERBOSE, true) == 0);
	unlink(path);
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	char *output = fuzz_text(data, size);

	if (file < 0)
		file = open_log();
	check_last_line(output);
	check_log(file, output);
	free(output);
	return 0;
}
