/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/promise.h"
#include "act/standing.h"
#include "pass/budget.h"
#include "pass/source.h"

/*
 * The half of publish.c that external programs do, one record after the
 * other; nothing for a promise that an UPDATE carries, or that holds no more.
 * A program is asked for the same thing once in a pass, whatever it says; what
 * came of it, the next surveys tell. The first failure is the target's, and
 * the records after it are not asked for. What was published is added to
 * STANDING.
 */
void publish_exec(const struct source *source, struct budget *budget,
		  struct promise *promise, struct standing *standing);
