/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/promise.h"
#include "act/standing.h"
#include "config/keyring.h"
#include "pass/source.h"

/*
 * The half of publish.c that is sent as UPDATE messages: those of PROMISES
 * that hold and are not for a program, all at once. Joins what several targets
 * want at one owner; withdraws a promise where the server surely did nothing;
 * fails targets that need a person. What was accepted is added to STANDING.
 */
void publish_update(const struct source *source, struct keyring *keys,
		    struct promises *promises, struct standing *standing);
