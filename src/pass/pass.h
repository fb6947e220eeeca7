/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/keyring.h"
#include "pass/budget.h"
#include "pass/seen.h"
#include "pass/sharing.h"
#include "pass/source.h"
#include "pass/targets.h"

/* A target with a state that left the configuration. */
struct stray {
	struct state *state;
	char *line;		/* why it needs a person; NULL: it did */
};

struct strays {
	struct stray *items;
	size_t count;
};

/* What was found at rest before, see run/rests.h. */
struct rests {
	struct settled settled;		/* as on the disk */
	bool any;			/* some target rests by it */
	struct moment begun;		/* before the first was read */
	struct fingerprint base;	/* of what all rest on */
	bool is_used;			/* by this command, and BASE is known */
};

/*
 * One pass over all targets: the records that look fills in, that the decision
 * reads and act carries out. Each has a header of its own, and whoever needs
 * only some is given only these.
 */
struct pass {
	struct source source;
	struct targets targets;
	struct seen seen;
	struct sharing sharing;
	struct budget budget;
	struct keyring keys;
	bool locked;
	struct strays strays;
	struct rests rests;
	int journal;	/* "journal" in the state directory; -1: not opened */
};
