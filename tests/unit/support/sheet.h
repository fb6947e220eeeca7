/* SPDX-License-Identifier: MIT */
#pragma once

#include "tell/setup.h"

/* What the setup command has of a configuration, and what it prints of it. */
struct sheet {
	struct world world;
	struct config *config;
	struct setup setup;
	bool ok;		/* what setup_open() said */
};

/* The configuration TEXT, at the ordinary path; nothing in particular is asked
 * for where WISH is NULL. */
void sheet_open(struct sheet *sheet, const char *text,
		const struct setup_wish *wish);
void sheet_close(struct sheet *sheet);

/* All of it for TEXT; the caller's. */
char *sheet_printed(const char *text, const struct setup_wish *wish,
		    void (*print)(const struct setup *setup));

/* PART is in TEXT; it is not. */
void sheet_has(const char *text, const char *part);
void sheet_lacks(const char *text, const char *part);
