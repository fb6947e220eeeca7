/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"
#include "support/facts.h"

#define DAY 86400

/* The scene of a test of the decision: opened by it, closed by the teardown. */
extern struct scene scene;
int close_scene(void **state);

/* A is in service, B is live; both are published since long ago. */
void open_pending(void);
/* All is settled since long ago, and every service and server says so. */
void open_settled(void);
/* All was done for the version LETTER. */
void settle(char letter);

/* What is decided about SCENE. */
#define expect(step, reason) expect_at(__func__, __LINE__, step, reason)
void expect_at(const char *where, int line, enum step step,
	       enum reason reason);
/* The only change that is decided now, at OWNER. */
void expect_change(size_t owner, const char *add, const char *remove);
void expect_links(enum step step, enum links_place place, unsigned number);
