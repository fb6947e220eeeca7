/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include "points.h"
#include "pool.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What is said ----------------------------------------------------- */

/* Who reads the lines that people are told; NULL: nobody. */
static FILE *reader;

/* Timer and hooks of a simulated host are no files, so status misses them. */
static bool is_of_host(const char *line)
{
	static const char host[] = "this host: ";

	return strncmp(line, host, sizeof(host) - 1) == 0;
}

void __wrap_report_print_line(const char *line);
void __wrap_report_print_line(const char *line)
{
	if (reader && !is_of_host(line))
		fprintf(reader, "%s\n", line);
}

static char *status_text(struct sim *sim)
{
	char *text = NULL;
	size_t size = 0;

	reader = open_memstream(&text, &size);
	invariant(reader);
	sim_show_status(sim, false);
	fclose(reader);
	reader = NULL;
	return text;
}

static void print_status(struct sim *sim)
{
	reader = stdout;
	puts("# alnitak status -v");
	sim_show_status(sim, true);
	putchar('\n');
	reader = NULL;
}

/* ---- When ------------------------------------------------------------- */

/* "mail: published, waiting for caches": without the time, and what follows. */
static size_t news_size(const char *text)
{
	const char *waits = strchr(text, ',');
	size_t before = waits ? (size_t)(waits - text) + 1 : 0;
	const char *until = strstr(text, " until ");
	size_t size = before + strcspn(text + before, ",;:\n");

	return until && until < text + size ? (size_t)(until - text) : size;
}

static bool is_news(const char *last, const char *text)
{
	size_t size = news_size(text);

	return news_size(last) != size || strncmp(last, text, size) != 0;
}

void transcript_note(struct sim *sim, const char *command)
{
	char *text = status_text(sim);
	char when[TEXT_TIME_SIZE];

	if (is_news(sim->told, text)) {
		printf("---- %s, after alnitak %s\n\n",
		       text_time(sim->now_ms + sim->wall_offset_ms, when),
		       command);
		print_status(sim);
		sim->told = sim_text(sim, "%s", text);
	}
	free(text);
}

int transcript_print(void)
{
	struct sim *sim = sim_open(1);
	int status = 0;

	setenv("TZ", "UTC", true);
	tzset();
	sim->told = "";
	if (!run_scenario(sim, scenario_named("renewal"))) {
		sim_print_failure(sim);
		status = STATUS_SAFETY;
	}
	sim_close(sim);
	return status;
}
