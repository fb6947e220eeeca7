/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

#include <jansson.h>

/*
 * What a run leaves for those who are not root: where each target stands, in
 * the file of `status_file`, which run/status_file.c writes and `check` reads.
 * It has nothing but what the run says to its log as well.
 */
struct summary_target {
	char *name;
	char *line;		/* where it stands */
	char *alarm;		/* why it needs a person; NULL: it does not */
	int64_t begins_ms, ends_ms;	/* of the certificate in service; 0:
					   there is none */
};

struct summary {
	int64_t written_ms;
	struct summary_target *targets;
	size_t count;
};

/* Of the pass that ends NOW; strays among the targets. The text is the
 * caller's. */
char *summary_text(const struct pass *pass, const struct moment *now);
/* What is wrong with the SIZE octets at TEXT, allocated; NULL: nothing, and the
 * caller clears SUMMARY. */
char *summary_read(const char *text, size_t size, struct summary *summary);
/* NULL: it is not there. */
const struct summary_target *summary_find(const struct summary *summary,
					  const char *name);
void summary_clear(struct summary *summary);
