/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/survey.h"
#include "support/zone.h"

/* The network of zone.h, in which all servers serve TLSA_A at OWNER, and one
 * survey of that owner. */
struct stage {
	struct zone_scene scene;
	struct survey survey;
	const char *key;	/* of the zone, or NULL */
	bool goes_on;		/* as later in a run: the zone stays known */
};

void stage_open(struct stage *stage);
/* What is counted are the questions of the survey. */
const struct survey_owner *stage_look(struct stage *stage,
				      enum transport transport);
/* What SERVER said; fails the test where it was not asked. */
const struct sighting *stage_at(const struct survey_owner *owner,
				const char *server);
void stage_close(struct stage *stage);
