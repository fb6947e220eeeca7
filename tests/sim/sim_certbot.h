/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_services.h"

enum certbot_step { CERTBOT_IDLE, CERTBOT_PRE, CERTBOT_ISSUE, CERTBOT_FILES,
		    CERTBOT_MOVE, CERTBOT_CLEAN, CERTBOT_DEPLOY, CERTBOT_POST,
		    CERTBOT_END };
struct certbot {
	enum certbot_step step;
	int64_t next_ms;
	bool due[TARGETS_MAX];
	bool hooks, dry;
	bool pre_done;			/* and completed */
	bool put_back;			/* links were, since this began */
	size_t at;			/* the target in work */
	unsigned part;
};
struct renewal {
	bool due[TARGETS_MAX];
	bool hooks, dry;
};
void certbot_issue_first(struct sim *sim, struct target *target);
void certbot_begin(struct sim *sim, const struct renewal *renewal);
void certbot_event(struct sim *sim);
void certbot_delete(struct sim *sim, struct target *target);
/* After a power cut: the links may be at rest again. */
void certbot_lost_pin(struct sim *sim, struct target *target);
/* The live links show an older version again: any, or that of NUMBER. */
void certbot_go_back(struct sim *sim, struct target *target);
void certbot_go_back_to(struct sim *sim, struct target *target,
			unsigned number);
bool certbot_idle(const struct sim *sim);
