/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include "points.h"
#include "pool.h"
#include "sim_run.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What is shown ---------------------------------------------------- */

/* What people are told by lines; NULL: nobody reads them. */
static FILE *reader;

void __wrap_report_print_line(const char *line);
void __wrap_report_print_line(const char *line)
{
	if (reader)
		fprintf(reader, "%s\n", line);
}

static char *status_text(struct sim *sim)
{
	char *text = NULL;
	size_t size = 0;

	reader = open_memstream(&text, &size);
	invariant(reader);
	sim_show(sim, "status", false);
	fclose(reader);
	reader = NULL;
	return text;
}

static void show(struct sim *sim, const char *command, bool details)
{
	printf("# alnitak %s%s\n", command, details ? " -v" : "");
	reader = stdout;
	sim_show(sim, command, details);
	reader = NULL;
	putchar('\n');
}

/* ---- When ------------------------------------------------------------- */

/* "mail: published", before what goes on changing. */
static size_t phase_size(const char *text)
{
	return strcspn(text, ",;\n");
}

void transcript_note(struct sim *sim, const char *command)
{
	static const char *last = "";	/* the sim's, that is one */
	char *text = status_text(sim);
	char when[TEXT_TIME_SIZE];
	size_t size = phase_size(text);

	if (phase_size(last) != size || strncmp(last, text, size) != 0) {
		printf("---- %s, after alnitak %s\n\n",
		       text_time(sim->now_ms + sim->wall_offset_ms, when),
		       command);
		show(sim, "status", true);
		last = sim_text(sim, "%s", text);
	}
	free(text);
}

int transcript_print(void)
{
	struct sim *sim = sim_open(1);
	int status = 0;

	setenv("TZ", "UTC", true);
	tzset();
	sim->tells = true;
	if (!run_scenario(sim, scenario_named("renewal"))) {
		sim_print_failure(sim);
		status = STATUS_SAFETY;
	}
	sim_close(sim);
	return status;
}
