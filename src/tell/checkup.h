/* SPDX-License-Identifier: MIT */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What `check` found, in the order a client meets it, and how that is told: to
 * a monitoring system by an exit status and one line with figures, to people by
 * a line for each finding, to programs as JSON. The worst finding of all is the
 * first that the line has.
 */
enum checkup_level {			/* from good to bad */
	CHECKUP_GOOD,
	CHECKUP_NOTE,		/* nobody looked, and need not have */
	CHECKUP_WARNING,	/* goes on well for a time */
	CHECKUP_UNKNOWN,	/* should have been looked at, and was not */
	CHECKUP_BAD,
};

struct checkup_finding {
	char *subject;
	enum checkup_level level;
	char *detail;		/* have, want and what to do */
	bool untold;		/* no run tells of it by itself */
};

struct checkup_section {		/* a target, or this host */
	char *name;
	struct checkup_finding *findings;
	size_t count;
};

/* Seconds, and what is too few of them, or too many where MOST is set; below 0:
 * nobody says so. */
struct checkup_figure {
	char *label;
	int64_t value_seconds, warning_seconds, critical_seconds;
	bool most;
};

struct checkup {
	struct checkup_section *sections;
	size_t count;
	struct checkup_figure *figures;
	size_t figure_count;
};

/* The name of the first section. */
#define CHECKUP_HOST "this host"

/* A new one; it stays where it is until the next. NAME is copied. */
struct checkup_section *checkup_begin(struct checkup *checkup,
				      const char *name);
/* SUBJECT is copied, DETAIL taken over. */
void checkup_add(struct checkup_section *section, enum checkup_level level,
		 const char *subject, char *detail);
/* No run tells of what SECTION has from its finding FIRST on. */
void checkup_mark_untold(struct checkup_section *section, size_t first);
/* The label of FIGURE is copied. */
void checkup_add_figure(struct checkup *checkup,
			const struct checkup_figure *figure);

enum checkup_level checkup_worst(const struct checkup *checkup);
/* "ALNITAK CRITICAL - NAME: SUBJECT: DETAIL (and 2 more) | FIGURES", as
 * monitoring plugins have it, allocated; WHAT stands there where all is well.
 */
char *checkup_line(const struct checkup *checkup, const char *what);
/* On standard output: the line, and all findings. */
void checkup_print(const struct checkup *checkup, const char *line);
/* Its findings that are not good, a line each, with the section's name before
 * them: for who asked for something else, and should know. */
void checkup_print_faults(const struct checkup *checkup);
/* The document of --json, as dist/schema/check.json has it; the first section
 * is the host. */
json_t *checkup_json(const struct checkup *checkup, const char *line,
		     int64_t now_ms);
void checkup_clear(struct checkup *checkup);
