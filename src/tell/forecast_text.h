/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/forecast.h"

/*
 * "a rollover takes 2 h 10 min (..), want less than the 29 d 12 h that ..;
 * lower ..": have, want and what to do, one phrase, allocated. Where it fits
 * only the first part.
 */
char *forecast_text(const struct forecast_terms *terms,
		    const struct forecast *forecast);
/* A line for the run in which the rollover of FACTS begins, where it will not
 * end in time; allocated. NULL: it will, or it began before. */
char *forecast_begin_line(const struct facts *facts);
